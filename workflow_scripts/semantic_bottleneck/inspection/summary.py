"""The geometry of a model's c in numbers, by the functions that Tables 1 and 4 and the figures use."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from semantic_bottleneck.arrays import Float
from semantic_bottleneck.geometry.measures import head_share, tail_share, tail_sigma, variance_per_dimension
from semantic_bottleneck.geometry.rows import describe

METRICS = ("cosine_similarity", "normalized_participation_ratio_percent", "participation_ratio", "norm_mean")
VARIANCE = ("variance_share_top_1_percent", "variance_share_top_10_percent", "variance_dimensions_90_percent")
TAIL, HEAD = (0.01, 0.02, 0.05), (1.0, 5.0)
"""The paper's thresholds on |c_i|."""
SHARES = (0.39, 0.66, 0.96)
"""Shares that the tail's thresholds remove from REPA."""
RANKED = 10


def summarise(vectors: Mapping[str, Float[np.ndarray, "..."]], timesteps: list[float]) -> dict[str, Any]:
    """What one page says of c (T, n, D), y (n, D) and t (T, D) at `timesteps`, the initial one first. Plain numbers.

    Returns:
        dimensions, conditions; `sets`: c, y and t at the initial and c at the last timestep, each with value, low and high
        by metric; `tail` and `head`: mean share of dimensions in percent by threshold; `tail_sigma` by share; `variance`: of
        classes; `ranking`: the RANKED dimensions of largest class variance, with their share of it and their rank by mean |c|.
    """
    c, y, t = vectors["c"][0], vectors["y"], vectors["t"]
    sets = {"c": c, "y": y, "t": t[:1]} | ({"c_last": vectors["c"][-1]} if len(timesteps) > 1 else {})
    described = {name: {row["metric"]: row for row in describe(each)} for name, each in sets.items()}
    variance, magnitude = variance_per_dimension(c), np.abs(c).mean(axis=0)
    order = np.argsort(-variance, kind="stable")[:RANKED]
    ranks = np.empty(len(magnitude), dtype=np.int64)
    ranks[np.argsort(-magnitude, kind="stable")] = np.arange(1, len(magnitude) + 1)
    return {
        "dimensions": int(c.shape[1]),
        "conditions": int(c.shape[0]),
        "timesteps": [float(timesteps[0]), float(timesteps[-1])],
        "sets": {
            name: {metric: _interval(rows[metric]) for metric in METRICS if metric in rows} for name, rows in described.items()
        },
        "tail": {str(threshold): 100 * float(tail_share(c, threshold).mean()) for threshold in TAIL},
        "head": {str(threshold): 100 * float(head_share(c, threshold).mean()) for threshold in HEAD},
        "tail_sigma": {str(share): tail_sigma(c, share) for share in SHARES},
        "variance": {metric: described["c"][metric]["value"] for metric in VARIANCE},
        "ranking": [
            {
                "dimension": int(dimension),
                "share": float(variance[dimension] / variance.sum()),
                "mean_magnitude": float(magnitude[dimension]),
                "magnitude_rank": int(ranks[dimension]),
            }
            for dimension in order
        ],
    }


def _interval(row: Mapping[str, Any]) -> dict[str, float | None]:
    return {key: float(row[key]) if np.isfinite(row[key]) else None for key in ("value", "low", "high")}
