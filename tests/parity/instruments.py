"""Scores in other tools' conventions, and one by one what the library only sums: for the parity files and the tests."""

import numpy as np
from scipy.special import log_softmax, xlogy

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.scores.clip_score import unit_rows
from semantic_bottleneck.scores.inception_score import TORCH_FIDELITY_SEED, _add, _no_sums
from semantic_bottleneck.scores.kid import _kernel_blocks, kid_deletions


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


def probabilities_of(logits: np.ndarray) -> np.ndarray:
    """Softmax in float64; logits (n, K)."""
    return np.exp(log_softmax(np.asarray(logits, dtype=np.float64), axis=1))


def inception_score_each(probabilities: np.ndarray, splits: np.ndarray) -> np.ndarray:
    """Score of each split, float64 (splits,); the reported score is their mean.

    Args:
        probabilities: float (n, K), rows summing to 1.
        splits: int64 (n,), split of each row, counting from 0.

    Raises:
        UserError: a split holds no row.
    """
    probabilities, single = np.asarray(probabilities, dtype=np.float64), np.zeros(len(splits), dtype=np.int64)
    sums = _no_sums(splits, single, probabilities.shape[1])
    _add(sums, probabilities, xlogy(probabilities, probabilities).sum(axis=1), splits, single)
    return sums.each()


def kid(generated: np.ndarray, reference: np.ndarray) -> float:
    """Unbiased estimate from all pairs; float (n, d) and (m, d) with at least two rows each."""
    return kid_deletions(generated, reference, np.zeros(len(generated), dtype=np.int64)).value


def kid_biased(generated: np.ndarray, reference: np.ndarray) -> float:
    """The estimate that keeps the diagonals, for comparison with other tools."""
    own, other, cross = (
        sum(values.sum() for _, values in _kernel_blocks(left, right))
        for left, right in ((generated, generated), (reference, reference), (generated, reference))
    )
    n, m = len(generated), len(reference)
    return float(own / n**2 + other / m**2 - 2.0 * cross / (n * m))


def kid_subsets(
    generated: np.ndarray, reference: np.ndarray, subsets: int = 100, size: int = 1000, seed: int = TORCH_FIDELITY_SEED
) -> np.ndarray:
    """Unbiased estimate on random subsets, drawn as torch-fidelity draws them; float64 (subsets,).

    Raises:
        UserError: a set is smaller than a subset.
    """
    if size > min(len(generated), len(reference)):
        raise UserError(
            f"A KID subset of {size} does not fit into {min(len(generated), len(reference))} samples; lower its size."
        )
    # torch-fidelity draws from the legacy generator; only it gives the same subsets.
    generator = np.random.RandomState(seed)
    values = []
    for _ in range(subsets):
        first = generated[generator.choice(len(generated), size, replace=False)]
        values.append(kid(first, reference[generator.choice(len(reference), size, replace=False)]))
    return np.array(values)
