"""Delete-group jackknife: an interval for any score, and for the difference of two scores that share their noise."""

import math
from dataclasses import dataclass, replace

import numpy as np

from semantic_bottleneck.arrays import Bool, Float, Float64, Int, Num
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.uncertainty.group_variance import contributions, group_variance
from semantic_bottleneck.uncertainty.halves import Halves
from semantic_bottleneck.uncertainty.scales import LINE, Scale
from semantic_bottleneck.uncertainty.student import p_value, student_interval, student_quantile

FREEDOM_LEFT = 2 / 3
"""Share of the degrees of freedom that is left where halves scale the variance: by simulation (n = 1,000, d = 64) its relative
variance is half as large again as that of the jackknife's own (coefficients of variation of 0.40 and 0.33)."""


@dataclass(frozen=True)
class Deletions:
    """A statistic on all samples, and again with one group left out at a time (NaN where nothing is left).

    Attributes:
        value: the statistic on all samples.
        without: float64 (G,), the statistic without group g.
        sizes: int64 (G,), the number of samples in group g.
        strata: int64 (G,), the block of classes from which group g comes; None where every group holds every class.
        halves: the statistic on halves of the samples, where leaving out overstates its variance.
    """

    value: float
    without: Float64[np.ndarray, " groups"]
    sizes: Int[np.ndarray, " groups"]
    strata: Int[np.ndarray, " groups"] | None = None
    halves: Halves | None = None

    @property
    def freedom(self) -> float:
        """Degrees of freedom of the standard error: groups less strata, fewer where the variance is scaled by halves."""
        freedom = len(self.sizes) - len(np.unique(self.blocks()))
        return freedom if self.halves is None else max(1.0, FREEDOM_LEFT * freedom)

    def __sub__(self, other: "Deletions") -> "Deletions":
        """The paired difference: both sides must have left out the same groups."""
        if not (np.array_equal(self.sizes, other.sizes) and np.array_equal(self.blocks(), other.blocks())):
            raise UserError(
                "A paired difference needs two variants with the same samples in the same groups; sample both alike."
            )
        halves = self.halves - other.halves if self.halves is not None and other.halves is not None else None
        return replace(self, value=self.value - other.value, without=self.without - other.without, halves=halves)

    def blocks(self) -> Int[np.ndarray, " groups"]:
        """`strata`, or one block for all groups; int64 (G,)."""
        return np.zeros(len(self.sizes), dtype=np.int64) if self.strata is None else self.strata


@dataclass(frozen=True)
class JackknifeEstimate:
    """A value with its standard error, 95 % interval and jackknife bias (NaN where fewer than two groups exist).

    `p_value` is that of the hypothesis that zero is true, two-sided.
    """

    value: float
    standard_error: float
    low: float
    high: float
    bias: float
    p_value: float


def jackknife(deletions: Deletions, scale: Scale = LINE) -> JackknifeEstimate:
    """Standard error, Student interval (on a scale) and bias.

    For equal groups that hold every class se² = (G-1)/G Σ (F_g - mean F)² with G - 1 degrees of freedom and bias = (G-1)
    (mean F_g - F) (docs/sources/evaluation.md, section 7); other groups as `group_variance` says. With strata, a whole
    stratum less changes F because of its classes, alike for all its groups, so the strata's means are no noise; nor is there
    a bias then. Where halves are given, the variance is scaled by the share of it that is real.
    """
    sizes, value = np.asarray(deletions.sizes, dtype=np.float64), deletions.value
    moved = contributions(value, deletions.without, sizes)
    variance = group_variance(moved, sizes, deletions.blocks())
    if math.isnan(variance):
        return JackknifeEstimate(value, *5 * [math.nan])
    if deletions.halves is not None:
        variance *= deletions.halves.share(deletions.blocks())
    standard_error = math.sqrt(variance)
    low, high = student_interval(value, standard_error, deletions.freedom, scale)
    bias = -float(moved.sum()) if deletions.strata is None else math.nan
    p = p_value(value, standard_error, deletions.freedom, scale)
    return JackknifeEstimate(value, standard_error, low, high, bias, p)


def mean_deletions(
    values: Float[np.ndarray, " samples"] | Bool[np.ndarray, " samples"], groups: Int[np.ndarray, " samples"]
) -> Deletions:
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


def leave_out(sums: Num[np.ndarray, "groups ..."]) -> Num[np.ndarray, "groups ..."]:
    """Total without each group, for sums of shape (G, ...)."""
    return sums.sum(axis=0) - sums


def samples_to_resolve(difference: float, standard_error: float, n: int, groups: float) -> float:
    """Samples at which a 95 % interval would be `difference` wide on either side.

    The standard error of a smooth score falls with 1/sqrt(n), so n grows with the square of the precision asked for.

    Args:
        difference: the effect to be told from zero, in the score's unit.
        standard_error: measured at `n` samples with `groups` groups.
    """
    return n * (student_quantile(groups) * standard_error / difference) ** 2
