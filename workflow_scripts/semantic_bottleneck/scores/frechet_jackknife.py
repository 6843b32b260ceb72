"""The Fréchet distance of all samples and without each group of them, at the cost of a few distances instead of G.

Four routes, all checked against one another in the tests:

- fewer samples left than features: singular values of the rows themselves, once for each group;
- up to 256 features: the eigenvalues of LᵀSL, once for each group;
- groups of at most half as many samples as features: one eigenbasis, then small determinants (exact);
- larger groups: one eigenbasis, then an expansion to third order. Two groups are also left out exactly: the mean error
  found on them is taken off, and where their errors differ by more than half a thousandth of the spread of the deletions
  (which is what the standard error is made of), every group is left out exactly instead.
"""

import logging
import math
from dataclasses import dataclass, replace

import numpy as np

from semantic_bottleneck.arrays import Float, Int
from semantic_bottleneck.scores.frechet import Reference, frechet_deletions_of_rows, frechet_distance_of_moments
from semantic_bottleneck.scores.frechet_basis import Basis, distance_without, eigenbasis, groups_in
from semantic_bottleneck.scores.frechet_determinant import Determinants
from semantic_bottleneck.scores.frechet_expansion import Expansion
from semantic_bottleneck.scores.influence import influence_standard_error, spread_within
from semantic_bottleneck.scores.moments import Moments, moments
from semantic_bottleneck.uncertainty.jackknife import Deletions

log = logging.getLogger(__name__)

NARROW = 256
ROWS_PER_DIMENSION_OF_DETERMINANTS = 0.5
CHECKED = 2
ERROR_OF_SPREAD = 5e-4
SINGULAR_VALUES = "singular values of centred rows times reference factor"
EIGENVALUES = "eigenvalues of L'SL"


@dataclass(frozen=True)
class FrechetDeletions:
    """The distance with its deletions, the first-order standard error as a check, and the route in words."""

    deletions: Deletions
    first_order: float
    method: str


def frechet_jackknife(
    rows: Float[np.ndarray, "samples features"],
    labels: Int[np.ndarray, " samples"],
    groups: Int[np.ndarray, " samples"],
    total: Moments,
    reference: Reference,
) -> FrechetDeletions:
    """Deletions by the cheapest route that is exact enough.

    Args:
        rows: float (n, d).
        labels: int64 (n,), class of each row.
        groups: int64 (n,), 0..G-1, every group filled.
        total: moments of all rows, shifted by the mean of the reference.
    """
    sizes, width = np.bincount(groups), rows.shape[1]
    if total.n - sizes.max() <= width:
        return FrechetDeletions(frechet_deletions_of_rows(rows, groups, reference), math.nan, SINGULAR_VALUES)
    if width <= NARROW:
        first_order = influence_standard_error(rows, reference, labels)
        return FrechetDeletions(_one_by_one(rows, groups, total, reference), first_order, EIGENVALUES)
    basis = eigenbasis(total, reference)
    few = sizes.max() <= ROWS_PER_DIMENSION_OF_DETERMINANTS * width
    try:
        found = _in_eigenbasis(basis, rows, labels, groups, reference, few)
    except np.linalg.LinAlgError:
        log.warning("A group without which the covariance is singular: every group is left out by eigenvalues instead.")
        return FrechetDeletions(_one_by_one(rows, groups, total, reference), math.nan, EIGENVALUES)
    if few:
        return found
    deletions = calibrated(found.deletions, rows, groups, total, reference)
    if deletions is None:
        log.warning(
            "The expansion of the Fréchet distance is not exact enough: every group is left out by eigenvalues instead."
        )
        return FrechetDeletions(_one_by_one(rows, groups, total, reference), found.first_order, EIGENVALUES)
    return replace(found, deletions=deletions)


def _in_eigenbasis(
    basis: Basis, rows: np.ndarray, labels: np.ndarray, groups: np.ndarray, reference: Reference, few: bool
) -> FrechetDeletions:
    route = Determinants(basis) if few else Expansion(basis)
    influence, without = np.empty(len(rows)), []
    for index, group in enumerate(groups_in(basis, rows, groups, reference, np.float64 if few else np.float32)):
        influence[groups == index] = group.influence
        without.append(distance_without(group, route.root(group), basis, reference))
    difference = basis.mean - reference.mean
    value = float(difference @ difference + basis.trace + np.trace(reference.covariance) - 2.0 * basis.root)
    first_order = spread_within(influence, labels) if basis.full_rank else math.nan
    how = "determinants" if few else "third-order expansion"
    return FrechetDeletions(
        Deletions(value, np.array(without), np.bincount(groups)), first_order, f"{EIGENVALUES}, deletions by {how}"
    )


def calibrated(
    deletions: Deletions,
    rows: Float[np.ndarray, "samples features"],
    groups: Int[np.ndarray, " samples"],
    total: Moments,
    reference: Reference,
) -> Deletions | None:
    """Expanded deletions less the mean error of two of them; None where those two errors differ too much."""
    checked = np.linspace(0, len(deletions.sizes) - 1, CHECKED).astype(int)
    exact = [frechet_distance_of_moments(total - moments(rows[groups == group], total.shift), reference) for group in checked]
    errors = deletions.without[checked] - exact
    log.info("Expansion of the Fréchet distance: errors %s, spread %.3g", errors, deletions.without.std())
    if not np.ptp(errors) <= math.sqrt(2.0) * ERROR_OF_SPREAD * deletions.without.std():
        return None
    without = deletions.without - errors.mean()
    without[checked] = exact
    return replace(deletions, without=without)


def _one_by_one(rows: np.ndarray, groups: np.ndarray, total: Moments, reference: Reference) -> Deletions:
    sizes = np.bincount(groups)
    parts = (moments(rows[groups == group], total.shift) for group in range(len(sizes)))
    without = [frechet_distance_of_moments(total - part, reference) for part in parts]
    return Deletions(frechet_distance_of_moments(total, reference), np.array(without), sizes)
