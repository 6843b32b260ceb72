"""Precision, recall, density and coverage of generated samples, with and without each group of them.

Precision and recall: Kynkäänniemi et al. 2019; density and coverage: Naeem et al. 2020. A point on the edge of a ball is
inside it everywhere (torch-fidelity's and ADM's rule; prdc leaves it out, which only matters for exact ties).
"""

import numpy as np

from semantic_bottleneck.scores.jackknife import Deletions, leave_out, mean_deletions
from semantic_bottleneck.scores.neighbours import own_balls, squared_distance_blocks


def precision_recall(
    generated: np.ndarray, reference: np.ndarray, k: int, groups: np.ndarray, dtype: np.dtype | type = np.float64
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

    Raises:
        UserError: too few points for k neighbours.
    """
    centre = np.asarray(reference, dtype=np.float64).mean(axis=0)
    generated, reference = (generated - centre).astype(dtype), (reference - centre).astype(dtype)
    balls = own_balls(generated, k, groups)
    real_radii = own_balls(reference, k, np.zeros(len(reference), dtype=np.int64)).squared
    count = int(groups.max()) + 1
    member = np.eye(count, dtype=np.float32)[groups]
    around = np.zeros(len(generated), dtype=np.int64)
    holding, covering = (np.zeros((count, len(reference)), dtype=np.float32) for _ in range(2))
    grown_holds = np.zeros((count, len(reference)), dtype=bool)
    for rows, distances in squared_distance_blocks(generated, reference):
        inside_real = distances <= real_radii
        around[rows] = inside_real.sum(axis=1)
        covering += member[rows].T @ inside_real.astype(np.float32)
        holding += member[rows].T @ (distances <= balls.squared[rows, None]).astype(np.float32)
        larger = (balls.grown[rows] > balls.squared[rows, None]) & (member[rows] == 0.0)
        for group in range(count):
            chosen = larger[:, group]
            grown_holds[group] |= (distances[chosen] <= balls.grown[rows, group][chosen, None]).any(axis=0)
    sizes = np.bincount(groups)
    return {
        "precision": mean_deletions(around > 0, groups),
        "recall": Deletions(_share(holding.sum(axis=0)), _shares(leave_out(holding), grown_holds), sizes),
        "density": mean_deletions(around / k, groups),
        "coverage": Deletions(_share(covering.sum(axis=0)), _shares(leave_out(covering), False), sizes),
    }


def _share(counts: np.ndarray) -> float:
    return float((counts > 0).mean())


def _shares(counts: np.ndarray, also: np.ndarray | bool) -> np.ndarray:
    return ((counts > 0.5) | also).mean(axis=1)
