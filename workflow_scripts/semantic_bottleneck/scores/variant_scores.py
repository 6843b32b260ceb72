"""All scores of one variant, and its paired differences from the baseline, as rows of the scores table."""

from collections.abc import Iterator, Mapping

import numpy as np

from semantic_bottleneck.arrays import Float
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.score_columns import COLUMNS, WHOLE
from semantic_bottleneck.scores.frechet import prepare_reference
from semantic_bottleneck.scores.measure import Score, Settings, Standards, measure
from semantic_bottleneck.scores.moments import moments
from semantic_bottleneck.scores.replicates import Replicates, digest
from semantic_bottleneck.uncertainty.jackknife import JackknifeEstimate, samples_to_resolve
from semantic_bottleneck.uncertainty.metric_interval import metric_interval

SHARES = ("class_agreement", "precision", "recall", "coverage")
OF_REAL_IMAGES = ("kid", "precision", "recall", "density", "coverage")
"""Scores that compare pairs of pictures, so that statistics of the real ones do not suffice."""
RESOLVE = (
    dict.fromkeys(("fid", "fid_infinity", "sfid", "fd_dinov2", "clip_score", "density", *SHARES), 0.01)
    | dict.fromkeys(("inception_score", "inception_score_one_split", "inception_score_consecutive"), 0.1)
    | {"kid": 1e-5}
)
"""Differences of the size the paper reports; the note of a paired difference says how many samples they would take."""
BLOCK = 2000

Statistics = tuple[np.ndarray, np.ndarray]


def variant_scores(
    variant: Mapping[str, np.ndarray],
    reference_features: Float[np.ndarray, "references features"] | None,
    *,
    name: str,
    settings: Settings,
    text_features: Float[np.ndarray, "classes embedding"] | None = None,
    reference_moments: Statistics | None = None,
    spatial_moments: Statistics | None = None,
    dinov2_moments: Statistics | None = None,
) -> Replicates:
    """Every score of one variant, on all samples and without each group of them.

    Args:
        variant: per sample, in any order: sample int64 (n,), label int64 (n,), features float (n, d), logits float (n, K)
            and optionally clip float (n, e), spatial float (n, s) and dinov2 float (n, v).
        reference_features: float (m, d), real images; None where only `reference_moments` are known: scores of pairs are
            then left out.
        text_features: float (K, e), one text per class; without it there is no CLIP score.
        reference_moments: mean (d,) and covariance (d, d) for the Fréchet distance where they come from more images
            than `reference_features` holds.
        spatial_moments, dinov2_moments: the same of spatial and of DINOv2 features; without them there is no sFID, no
            FD-DINOv2.

    Raises:
        UserError: a column is missing, holds a value that is not finite, or is of another width than the reference.
    """
    if reference_moments is None:
        assert reference_features is not None  # one of the two is always known
        reference_moments = _moments_of(reference_features)
    standards = Standards(
        reference_features,
        prepare_reference(*reference_moments),
        prepare_reference(*spatial_moments) if spatial_moments else None,
        prepare_reference(*dinov2_moments) if dinov2_moments else None,
        text_features,
    )
    for column, reference in (("features", standards.frechet), ("spatial", standards.spatial), ("dinov2", standards.dinov2)):
        if reference is not None and column in variant and variant[column].shape[1] != len(reference.mean):
            raise UserError(
                f"The {column} of variant {name} have {variant[column].shape[1]} columns and the reference's "
                f"{len(reference.mean)}; they come from different networks: correct evaluation.reference."
            )
    samples = _in_sample_order(variant, name)
    return Replicates(digest(samples["sample"], samples["label"]), measure(samples, standards, settings))


def first_samples(samples: Mapping[str, np.ndarray], size: int) -> Mapping[str, np.ndarray]:
    """The rows of the samples 0 to size - 1, which are balanced over classes as all of them are; all rows for WHOLE."""
    if size == WHOLE:
        return samples
    inside = samples["sample"] < size
    return {name: values[inside] for name, values in samples.items()}


def without_real_images(dinov2: bool) -> list[str]:
    """Metrics that cannot be taken from statistics of real images alone; `dinov2`: samples have such features in vain."""
    return [*OF_REAL_IMAGES, *(["fd_dinov2"] if dinov2 else [])]


def score_rows(
    model: str,
    name: str,
    variant: Replicates,
    baseline: Replicates | None,
    absent: Mapping[str, str] | None = None,
    subset: int = WHOLE,
) -> dict[str, list]:
    """Columns of the scores table: COLUMNS.

    Each metric gives a row `value`; with a baseline also a row `difference` (variant minus baseline), whose interval
    comes from the jackknife of the difference over the same groups, since both share labels and noise.

    Args:
        absent: metrics that could not be taken, and why: rows without a value.
        subset: WHOLE, or how many of the first samples these are the scores of.

    Raises:
        UserError: the two hold different samples, or the baseline lacks a metric.
    """
    rows = [_row(model, name, metric, "value", subset, score) for metric, score in variant.scores.items()]
    if baseline is not None:
        if variant.samples != baseline.samples:
            raise UserError(f"Variant {name} and the baseline hold different samples; generate both with the same number.")
        missing = set(variant.scores) - set(baseline.scores)
        if missing:
            raise UserError(
                f"The baseline has no {min(missing)} to compare variant {name} with; score both with the same code."
            )
        differences = {metric: score - baseline.scores[metric] for metric, score in variant.scores.items()}
        rows += [_row(model, name, metric, "difference", subset, score) for metric, score in differences.items()]
    n = variant.scores["fid"].n
    rows += [(model, name, metric, "value", subset, *5 * [np.nan], "", n, why) for metric, why in (absent or {}).items()]
    return {column: [row[index] for row in rows] for index, column in enumerate(COLUMNS)}


def _row(model: str, name: str, metric: str, quantity: str, subset: int, score: Score) -> tuple:
    estimate, groups = metric_interval(score.deletions, metric, score.n, quantity), len(score.deletions.sizes)
    strata = len(np.unique(score.deletions.blocks()))
    target = RESOLVE.get(metric) if quantity == "difference" else None
    notes = [
        note
        for note in (score.own_note, score.note, _interval_note(estimate, target, score.n, score.deletions.freedom))
        if note
    ]
    paired = "paired " if quantity == "difference" else ""
    blocks = f" in {strata} blocks of classes" if strata > 1 else ""
    method = f"{score.method}; {paired}delete-group jackknife, {groups} groups{blocks}"
    p_value = estimate.p_value if quantity == "difference" else np.nan
    values = estimate.value, estimate.low, estimate.high, estimate.standard_error, p_value
    return model, name, metric, quantity, subset, *values, method, score.n, "; ".join(notes)


def _interval_note(estimate: JackknifeEstimate, target: float | None, n: int, freedom: float) -> str:
    """What a reader must know about the interval: that there is none, that it is empty, or what it would take."""
    if np.isnan(estimate.standard_error):
        return "no interval: too few groups"
    if estimate.standard_error == 0.0 and estimate.low < estimate.high:
        return "every group agrees: the interval is that of what so many samples may miss"
    if estimate.standard_error == 0.0:
        return "every group agrees: the interval has no width"
    if target is None:
        return ""
    needed = samples_to_resolve(target, estimate.standard_error, n, freedom + 1)
    enough = f"fewer than these {n:,}" if needed < n else f"about {float(f'{needed:.2g}'):,.0f}"
    return f"to resolve {target:g} takes {enough} samples"


def _in_sample_order(samples: Mapping[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    missing = {"sample", "label", "features", "logits"} - set(samples)
    if missing:
        raise UserError(f"The features of variant {name} lack the column {min(missing)}; extract them again.")
    ordered = dict(samples)
    if (np.diff(samples["sample"]) < 0).any():
        order = np.argsort(samples["sample"], kind="stable")
        ordered = {key: np.asarray(values)[order] for key, values in samples.items()}
    for key in ("features", "logits", "clip", "spatial", "dinov2"):
        if key in ordered and not all(np.isfinite(block).all() for block in _blocks(ordered[key])):
            raise UserError(f"The column {key} of variant {name} holds a value that is not finite; look at its samples.")
    return ordered


def _blocks(rows: np.ndarray) -> Iterator[np.ndarray]:
    return (rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK))


def _moments_of(features: np.ndarray) -> Statistics:
    sums = moments(features, shift=np.asarray(features[0], dtype=np.float64))
    return sums.mean(), sums.covariance()
