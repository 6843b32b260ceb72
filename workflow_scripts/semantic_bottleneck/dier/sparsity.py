"""Image by image: is a picture with little on it read best at another timestep? (docs/sources/dier.md, section 6)"""

import math
from collections.abc import Mapping

import numpy as np
from scipy.stats import rankdata

from semantic_bottleneck.arrays import Float
from semantic_bottleneck.dier.rows import MeasureRows
from semantic_bottleneck.uncertainty.shares import NORMAL

LIT = 0.0
"""A pixel above this is lit: half way between black (-1) and white (1)."""
TENTHS = 10


def lit_shares(images: Float[np.ndarray, "images channels height width"]) -> np.ndarray:
    """Share of lit pixels of each image, the brightest channel counted, float64 (N,)."""
    return (images.max(axis=1) > LIT).mean(axis=(1, 2))


def rank_correlation(first: np.ndarray, second: np.ndarray, groups: np.ndarray | None = None) -> float:
    """Spearman's rho of two columns (n,), with groups (n,) of their ranks less each group's mean rank; NaN for a constant."""
    ranks = [rankdata(column) for column in (first, second)]
    for column in ranks:
        for rows in [slice(None)] if groups is None else [groups == group for group in np.unique(groups)]:
            column[rows] -= column[rows].mean()
    length = math.sqrt((ranks[0] ** 2).sum() * (ranks[1] ** 2).sum())
    return float(ranks[0] @ ranks[1] / length) if length > 0 else math.nan


def correlation_interval(rho: float, n: int) -> tuple[float, float]:
    """Spearman's rho over n images: Fisher's z with the variance (1 + rho^2 / 2) / (n - 3) of Bonett and Wright (2000)."""
    half = NORMAL * math.sqrt((1 + rho**2 / 2) / (n - 3))
    return math.tanh(math.atanh(rho) - half), math.tanh(math.atanh(rho) + half)


def measure_sparsity(rows: MeasureRows, likelihoods: Mapping[int, np.ndarray], images: np.ndarray, labels: np.ndarray) -> None:
    """Adds lit_share, sparsity_correlation (all images, within classes) and best_timestep of the tenths by lit share.

    An image's best t is that at which the probe finds its own class most likely, the smallest of equals. Where a likelihood is
    not finite (a collapsed run), there is only lit_share.

    Args:
        likelihoods: timestep -> log-likelihood (n,) of each test image's own class.
        images: float32 (n, C, S, S) in [-1, 1]; labels (n,).
    """
    lit = lit_shares(images)
    rows.add("lit_share", lit.mean(), n=len(lit))
    timesteps, table = np.array(list(likelihoods)), np.stack(list(likelihoods.values()))
    if len(timesteps) < 2 or not np.isfinite(table).all():
        return
    best = timesteps[table.argmax(axis=0)]
    for detail, groups in (("all images", None), ("within classes", labels)):
        rho = rank_correlation(best, lit, groups)
        low, high = (math.nan, math.nan) if math.isnan(rho) else correlation_interval(rho, len(lit))
        rows.add("sparsity_correlation", rho, -1, detail, low=low, high=high, n=len(lit), method="Fisher z, over test images")
    for number, part in enumerate(np.array_split(np.argsort(lit, kind="stable"), TENTHS), start=1):
        rows.add("best_timestep", best[part].mean(), -1, f"tenth {number}", lit[part].mean(), n=len(part))
