"""Fréchet distance between Gaussians, |m1 - m2|² + tr(S1 + S2 - 2 (S1 S2)^½), against a reference prepared once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg
from scipy.linalg import lapack

from semantic_bottleneck.arrays import Float, Float64, Int
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.scores.moments import Moments, merge
from semantic_bottleneck.uncertainty.jackknife import Deletions

SYMMETRY = 1e-6


@dataclass(frozen=True)
class Reference:
    """Reference statistics with a factor of their covariance.

    Attributes:
        mean: float64 (d,).
        covariance: float64 (d, d).
        factor: float64 (d, d) with factor @ factor.T = covariance; lower triangular unless the covariance is singular.
        singular: whether the covariance has no Cholesky factor.
    """

    mean: Float64[np.ndarray, " features"]
    covariance: Float64[np.ndarray, "features features"]
    factor: Float64[np.ndarray, "features features"]
    singular: bool


def prepare_reference(mean: Float[np.ndarray, "..."], covariance: Float[np.ndarray, "..."]) -> Reference:
    """Check reference statistics and factor their covariance once (docs/sources/evaluation.md, section 4).

    A singular covariance gets its eigenvalue root with negative round-off clipped; nothing is added to a diagonal.

    Raises:
        UserError: shapes do not match, a value is not finite, or the covariance is not symmetric.
    """
    mean, covariance = np.asarray(mean, dtype=np.float64), np.asarray(covariance, dtype=np.float64)
    if mean.ndim != 1 or covariance.shape != (len(mean), len(mean)):
        raise UserError(
            f"Reference mean {mean.shape} and covariance {covariance.shape} do not belong together; give (d,) and (d, d)."
        )
    if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
        raise UserError("The reference statistics hold a value that is not finite; make or fetch them again.")
    if np.abs(covariance - covariance.T).max() > SYMMETRY * np.abs(covariance).max():
        raise UserError("The reference covariance is not symmetric; make or fetch the reference statistics again.")
    try:
        return Reference(mean, covariance, np.linalg.cholesky(covariance), singular=False)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(covariance)
        return Reference(mean, covariance, vectors * np.sqrt(np.maximum(values, 0.0)), singular=True)


def frechet_distance(
    mean: Float64[np.ndarray, " features"], covariance: Float64[np.ndarray, "features features"], reference: Reference
) -> float:
    """Distance by the eigenvalues of Lᵀ S L, where L Lᵀ is the reference covariance; mean (d,), covariance (d, d)."""
    values = linalg.eigvalsh(inner_product(covariance, reference), lower=False, overwrite_a=True, check_finite=False)
    return _assemble(mean, np.trace(covariance), np.sqrt(np.maximum(values, 0.0)).sum(), reference)


def inner_product(
    covariance: Float64[np.ndarray, "features features"], reference: Reference
) -> Float64[np.ndarray, "features features"]:
    """Lᵀ S L of a symmetric S, float64 (d, d) in column order; only its upper half counts.

    For a triangular L LAPACK's reduction of generalised eigenvalue problems takes a quarter of two full products.
    """
    if reference.singular:
        product = reference.factor.T @ covariance @ reference.factor
        return np.asfortranarray((product + product.T) / 2.0)
    # Row order seen as column order: S stays itself, L becomes the upper factor Lᵀ.
    return lapack.dsygst(covariance.T, reference.factor.T, itype=2, lower=0)[0]


def frechet_distance_of_rows(rows: Float[np.ndarray, "samples features"], reference: Reference) -> float:
    """Distance from the rows (n, d) themselves by singular values of (X - mean) L / sqrt(n - 1).

    Accurate also where the covariance of the rows is singular (n <= d): the eigenvalue routes lose half of the digits
    there.

    Raises:
        UserError: fewer than two rows.
    """
    if len(rows) < 2:
        raise UserError(
            f"A Fréchet distance needs at least 2 samples and only {len(rows)} are there; raise the number of samples."
        )
    rows = np.asarray(rows, dtype=np.float64)
    mean = rows.mean(axis=0)
    centred = (rows - mean) / np.sqrt(len(rows) - 1)
    root = linalg.svdvals(centred @ reference.factor).sum()
    return _assemble(mean, (centred**2).sum(), root, reference)


def frechet_distance_of_moments(sums: Moments, reference: Reference) -> float:
    """Distance from merged sums."""
    return frechet_distance(sums.mean(), sums.covariance(), reference)


def frechet_deletions(parts: Sequence[Moments], reference: Reference) -> Deletions:
    """Distance of all groups together and without each, from group moments (every remainder must outnumber d)."""
    total = merge(parts)
    without = [frechet_distance_of_moments(total - part, reference) for part in parts]
    return Deletions(frechet_distance_of_moments(total, reference), np.array(without), np.array([part.n for part in parts]))


def frechet_deletions_of_rows(
    rows: Float[np.ndarray, "samples features"], groups: Int[np.ndarray, " samples"], reference: Reference
) -> Deletions:
    """The same from the rows, for so few samples that a covariance is singular."""
    sizes = np.bincount(groups)
    remainders = (rows[groups != group] for group in range(len(sizes)))
    without = [frechet_distance_of_rows(left, reference) if len(left) > 1 else math.nan for left in remainders]
    return Deletions(frechet_distance_of_rows(rows, reference), np.array(without), sizes)


def _assemble(mean: np.ndarray, trace: float, root: float, reference: Reference) -> float:
    difference = mean - reference.mean
    return float(difference @ difference + trace + np.trace(reference.covariance) - 2.0 * root)
