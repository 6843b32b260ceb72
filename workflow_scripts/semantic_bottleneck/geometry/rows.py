"""Every number of the geometry of one set of vectors, each with its interval, as rows of a table."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from semantic_bottleneck.arrays import Float
from semantic_bottleneck.geometry import measures as geometry
from semantic_bottleneck.uncertainty.jackknife import Deletions, jackknife
from semantic_bottleneck.uncertainty.scales import scale_of

Row = dict[str, Any]

TAIL, HEAD = 0.01, 5.0
"""Thresholds of the paper's tables on |c|."""
QUANTILES = {"min": 0.0, "q05": 0.05, "median": 0.5, "q95": 0.95, "max": 1.0}


def describe(vectors: Float[np.ndarray, "conditions dimensions"]) -> Iterator[Row]:
    """Rows of metric, value, low, high, standard_error, method and n for vectors (n, d) of one kind at one timestep.

    Intervals (95 %, delete-one jackknife over conditions) say how much a number would move with another draw of
    classes; they exist for means over conditions and over pairs, from three conditions on.
    """
    n, d = vectors.shape
    ratios = np.asarray(geometry.participation_ratio(vectors))
    mean_ratio = float(geometry.participation_ratio(vectors.astype(np.float64).mean(axis=0)))
    yield _plain("dimension", d, n)
    yield _mean("participation_ratio", ratios)
    yield _mean("normalized_participation_ratio_percent", 100 * ratios / d)
    yield _plain("participation_ratio_of_mean", mean_ratio, n)
    yield _plain("normalized_participation_ratio_of_mean_percent", 100 * mean_ratio / d, n)
    yield _mean("norm_mean", np.linalg.norm(vectors.astype(np.float64), axis=1))
    if n < 3:
        return
    yield from _cosines("cosine_similarity", geometry.cosine_matrix(vectors), QUANTILES)
    centred = geometry.centred(vectors)
    if np.abs(centred).max(axis=1).min() > 0:
        matrix = geometry.cosine_matrix(centred)
        yield from _cosines("centred_cosine_similarity", matrix, {})
        yield from _cosines("centred_cosine_similarity_absolute", np.abs(matrix), {})
    variance = geometry.variance_per_dimension(vectors)
    yield _plain("variance_total", variance.sum(), n)
    yield _plain("variance_share_top_1_percent", geometry.concentration(variance, 0.01), n)
    yield _plain("variance_share_top_10_percent", geometry.concentration(variance, 0.10), n)
    yield _plain("variance_dimensions_90_percent", geometry.dimensions_holding(variance, 0.90), n)


def sets_at(
    c: Float[np.ndarray, "conditions width"], t: Float[np.ndarray, "1 dimensions"]
) -> Iterator[tuple[str, Float[np.ndarray, "_ _"]]]:
    """Kind and vectors of every set at one timestep; t = 0, of a network that is told no time, has no geometry."""
    yield "c", c
    yield "silu_c", geometry.silu(c)
    if t.any():
        yield "t", t


def describe_shares(vectors: Float[np.ndarray, "conditions dimensions"]) -> Iterator[Row]:
    """Rows as of `describe`: the percentage of entries below the paper's smallest and above its largest threshold (Eq. 2)."""
    yield _mean(f"tail_{TAIL:g}_percent", 100 * geometry.tail_share(vectors, TAIL))
    yield _mean(f"head_{HEAD:g}_percent", 100 * geometry.head_share(vectors, HEAD))


def _cosines(name: str, matrix: Float[np.ndarray, "conditions conditions"], quantiles: dict[str, float]) -> Iterator[Row]:
    values = geometry.pairwise(matrix)
    without = geometry.mean_pairwise_without_each(matrix)
    yield _estimated(
        name, float(values.mean()), without, f"mean over {len(values)} pairs; delete-one jackknife over conditions"
    )
    for suffix, quantile in quantiles.items():
        yield _plain(f"{name}_{suffix}", np.quantile(values, quantile), len(matrix))


def _mean(name: str, values: Float[np.ndarray, " conditions"]) -> Row:
    n = len(values)
    without = (values.sum() - values) / (n - 1) if n > 1 else np.full(1, np.nan)
    return _estimated(name, float(values.mean()), without, "mean over conditions; delete-one jackknife over conditions")


def _estimated(name: str, value: float, without: Float[np.ndarray, " conditions"], method: str) -> Row:
    n = len(without)
    estimate = jackknife(Deletions(value, without, np.ones(n, dtype=np.int64)), scale_of(name))
    low, high, error = estimate.low, estimate.high, estimate.standard_error
    return {"metric": name, "value": value, "low": low, "high": high, "standard_error": error, "method": method, "n": n}


def _plain(name: str, value: float, n: int) -> Row:
    nan = float("nan")
    return {"metric": name, "value": float(value), "low": nan, "high": nan, "standard_error": nan, "method": "exact", "n": n}
