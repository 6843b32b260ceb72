"""Precision, recall, density and coverage of generated samples, with and without each group of them.

Precision and recall: Kynkäänniemi et al. 2019; density and coverage: Naeem et al. 2020. A point on the edge of a ball is
inside it everywhere (torch-fidelity's and ADM's rule; prdc leaves it out, which only matters for exact ties).
"""

import numpy as np

from semantic_bottleneck.arrays import Float, Float64, Int
from semantic_bottleneck.scores.kid import KernelSums
from semantic_bottleneck.scores.neighbours import own_balls, squared_distance_blocks
from semantic_bottleneck.scores.subsets import SubsetShares
from semantic_bottleneck.uncertainty.halves import Halving
from semantic_bottleneck.uncertainty.jackknife import Deletions, leave_out, mean_deletions


def precision_recall(
    generated: Float[np.ndarray, "samples features"],
    reference: Float[np.ndarray, "references features"],
    k: int,
    groups: Int[np.ndarray, " samples"],
    dtype: np.dtype | type = np.float64,
    kernel: KernelSums | None = None,
    halving: Halving | None = None,
) -> dict[str, Deletions]:
    """Four scores from one pass over the distances.

    precision: share of generated points inside the ball of at least one reference point. recall: share of reference
    points inside the ball of at least one generated point. density: mean number of reference balls around a generated
    point, over k. coverage: share of reference balls that hold a generated point. Leaving a group out removes its balls
    and lets the balls of its neighbours grow; the reference stays.

    Args:
        generated: float (n, d).
        reference: float (m, d).
        k: neighbour that sets a ball's radius (3 in the tables).
        groups: int64 (n,), 0..G-1, group of each generated point; all zeros where no deletion is wanted.
        dtype: float64, or float32 for half the time and memory.
        kernel: sums of the kernel distance of the same sets, to be filled from the same inner products.
        halving: splits of the generated points on whose halves recall and coverage are taken as well.

    Raises:
        UserError: too few points for k neighbours.
    """
    centre = reference.mean(axis=0, dtype=np.float64)
    generated, reference = (centred(points, centre, dtype) for points in (generated, reference))
    if kernel is not None:
        kernel.start(generated, reference, centre)
    watch = (kernel.within, kernel.between, kernel.within_reference) if kernel is not None else (None, None, None)
    subsets = SubsetShares(halving.masks(), len(reference), k) if halving is not None else None
    balls = own_balls(generated, k, groups, watch[0], subsets.nearest if subsets is not None else None)
    real_radii = own_balls(reference, k, np.zeros(len(reference), dtype=np.int64), watch[2]).squared
    grown = balls.grown.max(axis=1)
    largest = grown if subsets is None else np.maximum(grown, subsets.reach())
    around = np.zeros(len(generated), dtype=np.int64)
    shape = int(groups.max()) + 1, len(reference)
    holding, covering, grown_holds = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, dtype=bool)
    for rows, distances in squared_distance_blocks(generated, reference, watch[1]):
        line, column = _where(distances <= real_radii)
        around[rows] = np.bincount(line, minlength=rows.stop - rows.start)
        covering += _count(groups[rows][line], column, shape)
        if subsets is not None:
            subsets.cover(line + rows.start, column)
        line, column = _where(distances <= largest[rows, None])
        found, line = distances[line, column], line + rows.start
        if subsets is not None:
            subsets.recall(line, column, found)
        inside = found <= balls.squared[line]
        holding += _count(groups[line[inside]], column[inside], shape)
        beside = ~inside & (found <= grown[line])
        grows, group = np.nonzero(found[beside, None] <= balls.grown[line[beside]])
        grown_holds[group, column[beside][grows]] = True
    sizes = np.bincount(groups)
    halves = {}
    if halving is not None and subsets is not None:
        halves = {name: halving.gather(values) for name, values in subsets.shares().items()}
    recalled, covered = _shares(leave_out(holding), grown_holds), _shares(leave_out(covering), False)
    return {
        "precision": mean_deletions(around > 0, groups),
        "recall": Deletions(_share(holding.sum(axis=0)), recalled, sizes, halves=halves.get("recall")),
        "density": mean_deletions(around / k, groups),
        "coverage": Deletions(_share(covering.sum(axis=0)), covered, sizes, halves=halves.get("coverage")),
    }


def centred(
    points: Float[np.ndarray, "points features"], centre: Float64[np.ndarray, " features"], dtype: np.dtype | type
) -> Float[np.ndarray, "points features"]:
    """Points less a centre, rounded once to `dtype`, without a copy in double precision."""
    return np.subtract(points, centre, out=np.empty(points.shape, dtype), casting="same_kind")


def _where(inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the few entries that are true."""
    return np.divmod(np.flatnonzero(inside), inside.shape[1])


def _count(groups: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    return np.bincount(groups * shape[1] + columns, minlength=shape[0] * shape[1]).reshape(shape)


def _share(counts: np.ndarray) -> float:
    return float((counts > 0).mean())


def _shares(counts: np.ndarray, also: np.ndarray | bool) -> np.ndarray:
    return ((counts > 0) | also).mean(axis=1)
