"""Which variants prune as the paper does, apart from side, ranking and window."""

import pandas as pd


def as_published(variants: pd.DataFrame) -> pd.Series:
    """Boolean for each row: dimensions become zero in both branches, by each vector's own ranks or at random."""
    own = (variants["mask"] == "per-vector") | (variants["side"] == "random")
    return own & (variants["replacement"] == "zero") & (variants["branch"] == "both")
