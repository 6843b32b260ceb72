"""How far the jackknife overstates the variance of a score that is not smooth, measured on random halves of the samples.

Leaving samples out counts the part of a statistic that k samples make together k times (Efron and Stein 1981): nothing for a
mean, twice the variance for recall and more for its paired differences. Two disjoint halves are independent, so half the
squared difference of their scores is an unbiased variance at n/2; the jackknife within the halves says what it would have
claimed there. Their quotient hardly depends on n (benchmarks/coverage.py), the variance itself does.
"""

from dataclasses import dataclass

import numpy as np

from semantic_bottleneck.arrays import Bool, Float64, Int
from semantic_bottleneck.uncertainty.group_variance import contributions, group_variance

SPLITS, SPLITS_IN_GROUPS = 60, 4
"""Random splits into halves, and in how many of them groups are left out of the halves as well."""
SEED = 0


@dataclass(frozen=True)
class Halves:
    """A statistic on both halves of S splits, and without each group of S' of them.

    Attributes:
        values: float64 (S, 2).
        without: float64 (S', 2, G), of the first S' splits.
        sizes: int64 (S', 2, G), samples of each group in each half.
    """

    values: Float64[np.ndarray, "splits 2"]
    without: Float64[np.ndarray, "few 2 groups"]
    sizes: Int[np.ndarray, "few 2 groups"]

    def __sub__(self, other: "Halves") -> "Halves":
        """The paired difference; the halves must be the same on either side."""
        return Halves(self.values - other.values, self.without - other.without, self.sizes)

    def share(self, strata: Int[np.ndarray, " groups"]) -> float:
        """The variance over what the jackknife says of it, at most 1; 1 where the halves cannot tell.

        Args:
            strata: int64 (G,), the block of classes from which each group comes.
        """
        true = float(np.mean((self.values[:, 0] - self.values[:, 1]) ** 2)) / 2.0
        claimed = []
        for values, without, sizes in zip(self.values[: len(self.without)], self.without, self.sizes, strict=True):
            for value, left, size in zip(values, without, sizes, strict=True):
                filled = size > 0
                moved = contributions(value, left[filled], size[filled])
                claimed.append(group_variance(moved, size[filled].astype(np.float64), strata[filled]))
        said = float(np.mean(claimed))
        return min(1.0, true / said) if said > 0.0 else 1.0


@dataclass(frozen=True)
class Halving:
    """Random splits of n samples into halves, each balanced over classes and groups.

    Attributes:
        first: bool (S, n), the members of each split's first half; the others are in the second.
        groups: int64 (n,), 0..G-1.
    """

    first: Bool[np.ndarray, "splits samples"]
    groups: Int[np.ndarray, " samples"]

    def masks(self) -> Bool[np.ndarray, "subsets samples"]:
        """The subsets on which the statistic is needed: bool (2 S + 2 S' G, n)."""
        halves = np.stack([self.first, ~self.first], axis=1)
        kept = self.groups != np.arange(self._count)[:, None]
        without = halves[:SPLITS_IN_GROUPS, :, None] & kept
        return np.concatenate([mask.reshape(-1, len(self.groups)) for mask in (halves, without)])

    def gather(self, values: Float64[np.ndarray, " subsets"]) -> Halves:
        """What the statistic is on the subsets of `masks`, float64 (2 S + 2 S' G,), in its places."""
        count = 2 * len(self.first)
        inside = [np.bincount(self.groups[half], minlength=self._count) for half in self.first[:SPLITS_IN_GROUPS]]
        sizes = np.stack([np.stack([size, np.bincount(self.groups) - size]) for size in inside])
        return Halves(values[:count].reshape(-1, 2), values[count:].reshape(sizes.shape), sizes)

    @property
    def _count(self) -> int:
        return int(self.groups.max()) + 1


def balanced_halves(classes: Int[np.ndarray, " samples"], groups: Int[np.ndarray, " samples"]) -> Halving:
    """Splits in which each class, and each group within a class, falls to both halves alike, up to an odd sample.

    Args:
        classes: int64 (n,), 0..K-1.
        groups: int64 (n,), 0..G-1.

    Returns:
        The same splits for the same arguments, so that the halves of two variants hold the same samples.
    """
    rng = np.random.default_rng(SEED)
    first = np.zeros((SPLITS, len(groups)), dtype=bool)
    for split in first:
        # Whoever comes first in a class, and the class that comes first, has an odd sample more: that must be left to chance.
        of_class, of_cell = rng.random(int(classes.max()) + 1), rng.random((int(classes.max()) + 1, int(groups.max()) + 1))
        order = np.lexsort((rng.random(len(groups)), of_cell[classes, groups], of_class[classes]))
        split[order[::2]] = True
    return Halving(first, groups)
