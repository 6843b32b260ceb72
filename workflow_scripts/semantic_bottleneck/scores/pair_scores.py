"""Scores of a pose-conditioned model: distance from the training pictures, nearness to each true picture."""

from collections.abc import Mapping, Sequence

import numpy as np

from semantic_bottleneck.arrays import Float, Int64
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.score_columns import COLUMNS, WHOLE
from semantic_bottleneck.scores.frechet import Reference, prepare_reference
from semantic_bottleneck.scores.frechet_jackknife import frechet_jackknife
from semantic_bottleneck.scores.moments import moments
from semantic_bottleneck.scores.paired_images import METHODS
from semantic_bottleneck.uncertainty.jackknife import Deletions, mean_deletions
from semantic_bottleneck.uncertainty.metric_interval import metric_interval

ROWS_PER_DIMENSION = 3
FRECHET = (
    "Inception-v3 of torch-fidelity with pytorch-fid's resize, pictures first at 176 x 256 by OpenCV's, "
    "against the training pictures"
)

Columns = Mapping[str, np.ndarray]


def pair_scores(
    variant: Columns,
    baseline: Columns | None,
    reference: tuple[Float[np.ndarray, " features"], Float[np.ndarray, "features features"]],
    *,
    model: str,
    name: str,
    groups: int,
) -> dict[str, list]:
    """Columns of the scores table: fid, ssim, ssim_gaussian, lpips, psnr; with a baseline also the paired differences.

    Args:
        variant, baseline: in sample order: sample int64 (n,), item (n,) naming the garment, features float (n, d), and
            one float (n,) per paired metric.
        reference: mean (d,) and covariance (d, d) of the training pictures.
        groups: of the jackknife. Pictures of one garment resemble each other, so they are left out together.

    Raises:
        UserError: a value is not finite, or variant and baseline hold different samples.
    """
    prepared = prepare_reference(*reference)
    scores = _measure(variant, prepared, groups, name)
    rows = [_row(model, name, metric, "value", *score) for metric, score in scores.items()]
    if baseline is not None:
        if not np.array_equal(variant["sample"], baseline["sample"]):
            raise UserError(f"Variant {name} and the baseline hold different samples; generate both with the same number.")
        others = _measure(baseline, prepared, groups, "baseline")
        for metric, (deletions, method, note) in scores.items():
            rows.append(_row(model, name, metric, "difference", deletions - others[metric][0], method, note))
    return {column: [row[index] for row in rows] for index, column in enumerate(COLUMNS)}


def groups_of_items(items: Sequence[str], groups: int) -> Int64[np.ndarray, " samples"]:
    """Group of each sample, int64 (n,) from 0 on: garments in the order of their first picture are dealt out in turn."""
    rank: dict[str, int] = {}
    for item in items:
        rank.setdefault(item, len(rank))
    return np.array([rank[item] % groups for item in items], dtype=np.int64)


def _measure(samples: Columns, reference: Reference, groups: int, name: str) -> dict[str, tuple[Deletions, str, str]]:
    for column in ("features", *METHODS):
        if not np.isfinite(samples[column]).all():
            raise UserError(f"The column {column} of variant {name} holds a value that is not finite; look at its samples.")
    group = groups_of_items(samples["item"].tolist(), groups)
    rows, (n, width) = samples["features"], samples["features"].shape
    unlabelled = np.zeros(n, dtype=np.int64)
    distance = frechet_jackknife(rows, unlabelled, group, moments(rows, reference.mean), reference)
    few = f"n < {ROWS_PER_DIMENSION} d ({n} samples, {width} features): the interval may be off"
    scores = {"fid": (distance.deletions, f"{FRECHET}, by {distance.method}", few if n < ROWS_PER_DIMENSION * width else "")}
    return scores | {metric: (mean_deletions(samples[metric], group), method, "") for metric, method in METHODS.items()}


def _row(model: str, name: str, metric: str, quantity: str, deletions: Deletions, method: str, note: str) -> tuple:
    n, groups = int(deletions.sizes.sum()), len(deletions.sizes)
    estimate = metric_interval(deletions, metric, n, quantity)
    if np.isnan(estimate.standard_error):
        note = "; ".join(filter(None, (note, "no interval: too few garments")))
    paired = "paired " if quantity == "difference" else ""
    method = f"{method}; {paired}delete-group jackknife, {groups} groups of whole garments"
    p_value = estimate.p_value if quantity == "difference" else np.nan
    numbers = estimate.value, estimate.low, estimate.high, estimate.standard_error, p_value
    return model, name, metric, quantity, WHOLE, *numbers, method, n, note
