"""Delete-group jackknife: an interval for any score, and for the difference of two scores that share their noise."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from semantic_bottleneck.errors import UserError

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Deletions:
    """A statistic on all samples, and again with one group left out at a time (NaN where nothing is left).

    Attributes:
        value: the statistic on all samples.
        without: float64 (G,), the statistic without group g.
        sizes: int64 (G,), the number of samples in group g.
    """

    value: float
    without: np.ndarray
    sizes: np.ndarray

    def __sub__(self, other: "Deletions") -> "Deletions":
        """The paired difference: both sides must have left out the same groups."""
        if not np.array_equal(self.sizes, other.sizes):
            raise UserError(
                "A paired difference needs two variants with the same samples in the same groups; sample both alike."
            )
        return Deletions(self.value - other.value, self.without - other.without, self.sizes)


@dataclass(frozen=True)
class Estimate:
    """A value with its standard error, 95 % interval and jackknife bias (NaN where fewer than two groups exist)."""

    value: float
    standard_error: float
    low: float
    high: float
    bias: float


def group_of(samples: np.ndarray, classes: int, groups: int) -> np.ndarray:
    """Group of each sample index: (i // classes) % groups, int64.

    Sample i has class i % classes, so every `classes` consecutive indices hold each class once; the groups are balanced
    over classes and exchangeable, and they do not depend on shards.
    """
    return (np.asarray(samples, dtype=np.int64) // classes) % groups


def usable_groups(samples: np.ndarray, classes: int, groups: int) -> int:
    """The number of groups that a sample set fills: `groups`, or fewer where there are fewer rounds of classes."""
    return min(groups, len(np.unique(np.asarray(samples, dtype=np.int64) // classes)))


def jackknife(deletions: Deletions) -> Estimate:
    """Standard error, Student interval (G - 1 degrees of freedom) and bias.

    For equal groups se² = (G-1)/G Σ (F_g - mean F)² and bias = (G-1) (mean F_g - F), evaluation.md section 7; unequal
    groups enter with the weights of the delete-m_j jackknife (Busing, Meijer and van der Leeden 1999).
    """
    sizes = np.asarray(deletions.sizes, dtype=np.float64)
    groups, value = len(sizes), deletions.value
    if groups < 2 or not np.isfinite(deletions.without).all():
        return Estimate(value, math.nan, math.nan, math.nan, math.nan)
    ratio = sizes.sum() / sizes
    corrected = groups * value - np.sum((1.0 - 1.0 / ratio) * deletions.without)
    pseudo = ratio * value - (ratio - 1.0) * deletions.without
    standard_error = math.sqrt(np.mean((pseudo - corrected) ** 2 / (ratio - 1.0)))
    half = student_quantile(groups) * standard_error
    return Estimate(value, standard_error, value - half, value + half, value - float(corrected))


def student_quantile(groups: int) -> float:
    """Half width of the 95 % interval in standard errors, with `groups` - 1 degrees of freedom."""
    return float(stats.t.ppf(0.5 + CONFIDENCE / 2.0, groups - 1))


def mean_deletions(values: np.ndarray, groups: np.ndarray) -> Deletions:
    """The mean of one number per sample, all and without each group.

    Args:
        values: float (n,).
        groups: int64 (n,), 0..G-1, every group filled.
    """
    sizes = np.bincount(groups)
    sums = np.bincount(groups, weights=np.asarray(values, dtype=np.float64))
    left = leave_out(sizes)
    without = np.divide(leave_out(sums), left, out=np.full(len(sizes), math.nan), where=left > 0)
    return Deletions(float(sums.sum() / len(values)), without, sizes)


def leave_out(sums: np.ndarray) -> np.ndarray:
    """Total without each group, for sums of shape (G, ...)."""
    return sums.sum(axis=0) - sums


def samples_to_resolve(difference: float, standard_error: float, n: int, groups: int) -> float:
    """Samples at which a 95 % interval would be `difference` wide on either side.

    The standard error of a smooth score falls with 1/sqrt(n), so n grows with the square of the precision asked for.

    Args:
        difference: the effect to be told from zero, in the score's unit.
        standard_error: measured at `n` samples with `groups` groups.
    """
    return n * (student_quantile(groups) * standard_error / difference) ** 2
