"""What time and class hold of each part of c: ranges of each vector's own ranks by magnitude, the largest first."""

from collections.abc import Mapping

import numpy as np
from scipy.special import ndtr

from semantic_bottleneck.arrays import Float, Float64, Int64


def ranks_by_magnitude(vectors: Float[np.ndarray, "conditions dimensions"]) -> Int64[np.ndarray, "conditions dimensions"]:
    """Of each entry, its place in its row by descending magnitude, from 0; equal entries by their dimension."""
    order = np.argsort(-np.abs(vectors), axis=1, kind="stable")
    return np.argsort(order, axis=1, kind="stable")


def part_of(ranks: Int64[np.ndarray, "conditions dimensions"], ends: tuple[float, float]) -> np.ndarray:
    """Boolean, as `ranks`: the entries between two shares of the dimensions."""
    width = ranks.shape[1]
    return (ranks >= round(ends[0] * width)) & (ranks < round(ends[1] * width))


def part_shares(
    steps: Float[np.ndarray, "timesteps conditions dimensions"], parts: Mapping[str, tuple[float, float]]
) -> dict[str, dict[str, float]]:
    """Part -> shares, from 0 to 1, of the squared length of c, of the class's part of it, and of the time's, and more.

    The class's part of c is what differs from the mean over conditions at the initial step; the time's is how that mean differs
    from its own mean over timesteps.

    Args:
        steps: c at the timesteps of a grid, the initial one first; float (T, n, D).

    Returns:
        Part -> energy, class_energy, time_energy, negative (share of entries below zero), dimensions (mean per vector).
    """
    c = np.asarray(steps[0], dtype=np.float64)
    means = np.asarray(steps, dtype=np.float64).mean(axis=1)
    own, moved = (c - means[0]) ** 2, ((means - means.mean(axis=0)) ** 2).sum(axis=0)
    ranks, found = ranks_by_magnitude(c), {}
    for name, ends in parts.items():
        chosen = part_of(ranks, ends)
        found[name] = {
            "dimensions": float(chosen.sum(axis=1).mean()),
            "energy": float((c**2)[chosen].sum() / (c**2).sum()),
            "class_energy": _share(own[chosen].sum(), own.sum()),
            "time_energy": _share((chosen * moved).sum() / len(c), moved.sum()),
            "negative": float((c[chosen] < 0).mean()),
        }
    return found


def effective_rank(vectors: Float[np.ndarray, "conditions dimensions"]) -> float:
    """(sum of eigenvalues)² / sum of their squares of the rows' covariance: how many directions differ."""
    centred = np.asarray(vectors, dtype=np.float64) - np.mean(vectors, axis=0, dtype=np.float64)
    gram = centred @ centred.T if len(centred) < centred.shape[1] else centred.T @ centred
    squares = float((gram**2).sum())
    return float(np.trace(gram) ** 2 / squares) if squares > 0 else float("nan")


def spread_of_entries(values: Float[np.ndarray, "*shape"]) -> float:
    """σ of a normal distribution about 0 with the same mean square."""
    return float(np.sqrt(np.mean(np.asarray(values, dtype=np.float64) ** 2)))


def correlation(first: Float[np.ndarray, "*shape"], second: Float[np.ndarray, "*shape"]) -> float:
    """Pearson's, over all entries; NaN where one of them is constant."""
    one, other = (np.asarray(values, dtype=np.float64) - np.mean(values, dtype=np.float64) for values in (first, second))
    length = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum() / length) if length > 0 else float("nan")


def distance_from_normal(values: Float[np.ndarray, "*shape"], sigma: float) -> float:
    """Largest distance between the distribution function of the values and that of N(0, σ²) (Kolmogorov's); 0 to 1."""

    ordered: Float64[np.ndarray, " entries"] = np.sort(np.asarray(values, dtype=np.float64), axis=None)
    expected, steps = ndtr(ordered / sigma), np.arange(len(ordered) + 1) / len(ordered)
    return float(max(np.abs(steps[1:] - expected).max(), np.abs(steps[:-1] - expected).max()))


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")
