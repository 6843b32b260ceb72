"""First-order standard error of the Fréchet distance, a check on the jackknife."""

import math

import numpy as np

from semantic_bottleneck.arrays import Float, Int
from semantic_bottleneck.scores.frechet import Reference


def influence_standard_error(
    rows: Float[np.ndarray, "samples features"], reference: Reference, labels: Int[np.ndarray, " samples"]
) -> float:
    """Standard deviation of the influence function within classes over sqrt(n), docs/sources/evaluation.md, section 7.

    I(x) = 2 (mu - m)·(x - mu) + (x - mu)ᵀ (1 - T) (x - mu) minus its mean, with T = L (Lᵀ S L)^(-½) Lᵀ and L Lᵀ the
    reference covariance. Only its spread within classes counts, since every class has its fixed share of the samples. It
    is right for n of 20 d and up to twice too large near n = 2.5 d.

    Args:
        rows: float (n, d), n > d.
        labels: int64 (n,), class of each row, two rows or more per class; all zeros for independent draws.

    Returns:
        NaN where the covariance of the rows, or that of the reference, is singular.
    """
    rows = np.asarray(rows, dtype=np.float64)
    mean = rows.mean(axis=0)
    centred = rows - mean
    covariance = centred.T @ centred / (len(rows) - 1)
    values, vectors = np.linalg.eigh(reference.factor.T @ covariance @ reference.factor)
    if reference.singular or values[0] <= values[-1] * np.finfo(np.float64).eps * len(values):
        return math.nan
    half = reference.factor @ (vectors * values**-0.25)
    quadratic = (centred**2).sum(axis=1) - ((centred @ half) ** 2).sum(axis=1)
    influence = 2.0 * centred @ (mean - reference.mean) + quadratic
    return spread_within(influence, labels)


def spread_within(influence: Float[np.ndarray, " samples"], labels: Int[np.ndarray, " samples"]) -> float:
    """Standard error of a mean of float (n,) whose rows were drawn with fixed shares of the classes int64 (n,)."""
    counts = np.bincount(labels)
    filled = np.count_nonzero(counts)
    within = influence - (np.bincount(labels, weights=influence) / np.maximum(counts, 1))[labels]
    return math.sqrt((within @ within) / (len(influence) - filled) / len(influence))
