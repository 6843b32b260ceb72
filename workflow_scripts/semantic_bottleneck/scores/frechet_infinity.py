"""The Fréchet distance extrapolated to infinitely many samples (Chong and Forsyth 2020): a line in 1/n."""

import math

import numpy as np

from semantic_bottleneck.scores.frechet import Reference, frechet_distance_of_moments
from semantic_bottleneck.scores.jackknife import Deletions
from semantic_bottleneck.scores.moments import Moments, merge

FEWEST_SIZES = 15
ROWS_PER_DIMENSION = 2.5


def frechet_infinity(parts: list[Moments], reference: Reference, seed: int) -> Deletions:
    """Intercept of the least-squares line of the distance against 1/n, with and without each group.

    The subsets are unions of whole groups, in an order drawn once from `seed`: at size k the groups are cut into G // k
    disjoint windows whose distances are averaged, so every size uses nearly all samples. Sizes start at 2.5 d samples
    (below, the distance is no longer linear in 1/n) unless fewer than 15 sizes would be left. The sizes share samples,
    therefore the error comes from the jackknife over groups, not from the regression.

    Args:
        parts: moments of each group; three groups or more, else every number is NaN.
    """
    sizes = np.array([part.n for part in parts])
    groups, width = len(parts), len(reference.mean)
    counts = _window_counts(sizes, width)
    if len(counts) < 2:
        return Deletions(math.nan, np.full(groups, math.nan), sizes)
    order = np.random.Generator(np.random.Philox(key=seed)).permutation(groups)
    inverse, distance = np.empty((groups + 1, len(counts))), np.empty((groups + 1, len(counts)))
    for column, count in enumerate(counts):
        windows = [order[start : start + count] for start in range(0, groups - count + 1, count)]
        points = np.array([_point(merge(parts[group] for group in window), reference) for window in windows])
        inverse[:, column], distance[:, column] = points.mean(axis=0)
        for index, window in enumerate(windows):
            total = merge(parts[group] for group in window)
            for group in window:
                changed = points.copy()
                changed[index] = _point(total - parts[group], reference)
                inverse[group, column], distance[group, column] = changed.mean(axis=0)
    intercepts = np.array([np.polyfit(x, y, 1)[1] for x, y in zip(inverse, distance, strict=True)])
    return Deletions(float(intercepts[-1]), intercepts[:-1], sizes)


def _window_counts(sizes: np.ndarray, width: int) -> range:
    """Numbers of groups per subset: from 2.5 d samples, but at least 15 sizes where the groups allow it, to all.

    Even without one of its groups a subset has two samples.
    """
    groups = len(sizes)
    enough = math.ceil(ROWS_PER_DIMENSION * width * groups / sizes.sum())
    fewest = 1 + math.ceil(2 / sizes.min())
    return range(max(fewest, min(enough, groups - FEWEST_SIZES + 1)), groups + 1)


def _point(sums: Moments, reference: Reference) -> tuple[float, float]:
    return 1.0 / sums.n, frechet_distance_of_moments(sums, reference)
