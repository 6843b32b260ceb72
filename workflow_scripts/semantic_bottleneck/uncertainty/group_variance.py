"""The variance of a statistic from how it moves when groups of samples are left out."""

import math

import numpy as np

from semantic_bottleneck.arrays import Float, Float64, Int, Num


def group_variance(
    moved: Float64[np.ndarray, " groups"], sizes: Float64[np.ndarray, " groups"], strata: Int[np.ndarray, " groups"]
) -> float:
    """The sum over strata of the spread of what each group adds to the statistic.

    Args:
        moved: float64 (G,), T_g = (1 - m_g/n) (F - F_g), what group g of m_g samples adds to F, to first order.
        sizes: float64 (G,), samples of each group, none empty.
        strata: int64 (G,), the block of classes from which each group comes.

    Returns:
        For equal groups Σ_h G_h/(G_h-1) Σ_g (T_g - mean_h T)²; unequal ones enter with the weights of the delete-m_j jackknife
        (Busing, Meijer and van der Leeden 1999). NaN where a stratum has one group or a deletion has no value.
    """
    if not len(sizes) or np.unique(strata, return_counts=True)[1].min() < 2 or not np.isfinite(moved).all():
        return math.nan
    variance = 0.0
    for stratum in np.unique(strata):
        inside = strata == stratum
        part = sizes[inside]
        rest = moved[inside] - part / part.sum() * moved[inside].sum()
        variance += float(np.mean(rest**2 * part.sum() ** 2 / (part * (part.sum() - part))))
    return variance


def contributions(
    value: Float[np.ndarray, "*sets"] | float,
    without: Float[np.ndarray, "*sets groups"],
    sizes: Num[np.ndarray, "*sets groups"],
) -> Float64[np.ndarray, "*sets groups"]:
    """T_g of `group_variance`, float64 (..., G), from F (...), F_g (..., G) and the sizes (..., G)."""
    shares = sizes / sizes.sum(axis=-1, keepdims=True)
    return (1.0 - shares) * (np.asarray(value)[..., None] - without)
