"""Many comparisons at once: Holm's step-down correction of p-values."""

import numpy as np

from semantic_bottleneck.arrays import Float64


def holm(p_values: Float64[np.ndarray, " tests"]) -> Float64[np.ndarray, " tests"]:
    """Adjusted p-values, float64 (k,); NaN stays NaN and does not count as a comparison.

    The smallest of k is multiplied by k, the next by k - 1, and so on, none below one before it and none above 1 (Holm 1979).
    Calling those at most 0.05 different makes one mistake or more among true nulls in at most 5 % of tables, however the tests
    depend on one another.
    """
    adjusted = np.full(len(p_values), np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(factors * p_values[order])) if len(order) else []
    return adjusted
