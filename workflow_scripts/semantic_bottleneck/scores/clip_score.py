"""CLIP score from image and text features, in the conventions of evaluation.md section 6."""

import numpy as np


def unit_rows(features: np.ndarray) -> np.ndarray:
    """Rows divided by their length along the last axis, float64."""
    features = np.asarray(features, dtype=np.float64)
    return features / np.linalg.norm(features, axis=-1, keepdims=True)


def cosines(images: np.ndarray, texts: np.ndarray) -> np.ndarray:
    """Cosine of row i of `images` with row i of `texts`; (n, e) each, float64 (n,)."""
    return (unit_rows(images) * unit_rows(texts)).sum(axis=1)


def class_texts(templates: np.ndarray) -> np.ndarray:
    """One text per class from several templates: unit rows averaged, made unit again; (K, T, e) to (K, e)."""
    return unit_rows(unit_rows(templates).mean(axis=1))


def score_mean(cosine: np.ndarray) -> float:
    """100 times the mean cosine: the convention of our tables."""
    return float(100.0 * np.mean(cosine))


def score_torchmetrics(cosine: np.ndarray) -> float:
    """torchmetrics: 100 times the mean cosine, clamped at 0 after the mean."""
    return max(score_mean(cosine), 0.0)


def score_clamped_each(cosine: np.ndarray) -> float:
    """Mean of 100 times the cosine, each image clamped at 0 first."""
    return float(np.mean(np.maximum(100.0 * cosine, 0.0)))


def score_hessel(cosine: np.ndarray) -> float:
    """CLIPScore of Hessel et al. 2021: mean of 2.5 max(cosine, 0)."""
    return float(np.mean(2.5 * np.maximum(cosine, 0.0)))


def score_standard_error(cosine: np.ndarray) -> float:
    """Standard error of the mean of 100 times the cosine for independent images."""
    return float(100.0 * np.std(cosine, ddof=1) / np.sqrt(len(cosine)))


def zero_shot_accuracy(images: np.ndarray, texts: np.ndarray, labels: np.ndarray) -> float:
    """Share of images whose nearest class text is their label's; images (n, e), texts (K, e), labels int (n,)."""
    return float(np.mean((unit_rows(images) @ unit_rows(texts).T).argmax(axis=1) == labels))
