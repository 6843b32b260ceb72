"""CLIP score from image and text features, in the conventions of docs/sources/evaluation.md, section 6."""

import numpy as np


def unit_rows(features: np.ndarray) -> np.ndarray:
    """Rows divided by their length along the last axis, float64."""
    features = np.asarray(features, dtype=np.float64)
    return features / np.linalg.norm(features, axis=-1, keepdims=True)


def cosines(images: np.ndarray, texts: np.ndarray) -> np.ndarray:
    """Cosine of row i of `images` with row i of `texts`; (n, e) each, float64 (n,)."""
    return (unit_rows(images) * unit_rows(texts)).sum(axis=1)
