"""The Fréchet distance extrapolated to infinitely many samples (Chong and Forsyth 2020): a line in 1/n."""

import math

import numpy as np

from semantic_bottleneck.scores.frechet import Reference, frechet_distance_of_moments
from semantic_bottleneck.scores.moments import GroupMoments
from semantic_bottleneck.uncertainty.jackknife import Deletions

FEWEST_SIZES = 15
ROWS_PER_DIMENSION = 5


def frechet_infinity(parts: GroupMoments, distance: Deletions, reference: Reference, seed: int) -> Deletions:
    """Intercept of the least-squares line of the distance against 1/n.

    The subsets are unions of whole groups, in an order drawn once from `seed`: at size k the groups are cut into G // k
    disjoint windows whose distances are averaged, so every size uses nearly all samples. Sizes start at 5 d samples (below,
    the distance bends away from the line) unless fewer than 15 sizes would be left.

    The sizes share samples, so the error cannot come from the regression. To first order each distance moves with the
    mean influence of its groups, hence the intercept with a weighted one: the weight of a group is the sum, over sizes, of
    the size's regression weight times the group's share of that size. The influence of a group is what leaving it out of
    all samples does (`distance.without`), so the deletions cost nothing more; benchmarks/coverage.py checks them.

    Args:
        parts: moments of each group; with fewer than three groups every number is NaN.
        distance: the distance on all groups and without each.
    """
    groups, counts = len(parts), _window_counts(parts, len(reference.mean))
    if len(counts) < 2:
        return Deletions(math.nan, np.full(groups, math.nan), distance.sizes)
    order = np.random.Generator(np.random.Philox(key=seed)).permutation(groups)
    inverse, distances, shares = np.empty(len(counts)), np.empty(len(counts)), np.zeros((len(counts), groups))
    for row, count in enumerate(counts):
        windows = [order[start : start + count] for start in range(0, groups - count + 1, count)]
        unions = (parts.union(window) for window in windows)
        found = [(1.0 / union.n, frechet_distance_of_moments(union, reference)) for union in unions]
        inverse[row], distances[row] = np.mean(found, axis=0)
        shares[row, np.concatenate(windows)] = 1.0 / (count * len(windows))
    centred = inverse - inverse.mean()
    weights = 1.0 / len(counts) - inverse.mean() * centred / (centred @ centred)
    value, moved = float(weights @ distances), groups * (weights @ shares)
    return Deletions(value, value + moved * (distance.without - distance.without.mean()), distance.sizes)


def _window_counts(parts: GroupMoments, width: int) -> range:
    """Numbers of groups per subset: from 5 d samples, but at least 15 sizes where the groups allow it, to all."""
    groups, n = len(parts), parts.sizes.sum()
    enough = math.ceil(ROWS_PER_DIMENSION * width * groups / n)
    return range(max(2, min(enough, groups - FEWEST_SIZES + 1)), groups + 1)
