"""Which class samples show when a part of c is changed: their own, the other one, and how far from real pictures they are."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from semantic_bottleneck.arrays import Float, Int
from semantic_bottleneck.scores.clip_score import cosines
from semantic_bottleneck.scores.frechet import Reference
from semantic_bottleneck.scores.frechet_jackknife import frechet_jackknife
from semantic_bottleneck.scores.measure import ROWS_PER_DIMENSION, ROWS_WHEN_PAIRED
from semantic_bottleneck.scores.moments import moments
from semantic_bottleneck.study.localisation import BASELINE, COMPARED
from semantic_bottleneck.uncertainty.groups import Groups, stratified_groups
from semantic_bottleneck.uncertainty.jackknife import Deletions, mean_deletions
from semantic_bottleneck.uncertainty.metric_interval import metric_interval

COLUMNS = ("variant", "against", "metric", "quantity", "value", "low", "high", "standard_error", "method", "n", "note")
Scores = dict[str, tuple[Deletions, int]]
"""Metric -> its deletions and, for a distance, the number of features."""


def localisation_rows(
    model: str,
    samples: Mapping[str, np.ndarray],
    reference: Reference,
    texts: Float[np.ndarray, "classes embedding"] | None,
    classes: int,
    groups: int,
    shift: int,
) -> dict[str, list]:
    """Columns model, setting, variant, against, metric, quantity, value, low, high, standard_error, method, n, note.

    A `value` is of one variant; a `difference` is of the variant minus the one named in `against`, over the same groups of
    samples, since all share labels and noise: each against the baseline of its setting, and the pairs of COMPARED.

    Args:
        samples: setting, variant, sample int64 (n,), label int64 (n,), features float (n, d), logits float (n, K) and clip
            float (n, e) of all settings and variants.
        reference: statistics of the real images' features.
        texts: one text vector per class; None where the judges know neither classes nor prompts, whose distance alone is taken.
        classes: or prompts.
        shift: places between a class and the one that parts are transplanted from.
    """
    found: dict[str, dict[str, Scores]] = {}
    for setting, variant in dict.fromkeys(zip(samples["setting"], samples["variant"], strict=True)):
        own = np.flatnonzero((samples["setting"] == setting) & (samples["variant"] == variant))
        order = own[np.argsort(samples["sample"][own], kind="stable")]
        rows = {name: values[order] for name, values in samples.items()}
        found.setdefault(str(setting), {})[str(variant)] = _scores(rows, reference, texts, classes, groups, shift)
    table = [{"model": model, "setting": setting} | row for setting, each in found.items() for row in compared_rows(each)]
    return {column: [row[column] for row in table] for column in ("model", "setting", *COLUMNS)}


def compared_rows(found: Mapping[str, Scores]) -> list[dict[str, Any]]:
    """Rows of COLUMNS: the value of every variant, its difference from the baseline, and the pairs of COMPARED that are there.

    Args:
        found: variant -> its scores over the same groups of samples, the baseline among them.
    """
    table = [
        _row(variant, "", metric, deletions, count)
        for variant, scores in found.items()
        for metric, (deletions, count) in scores.items()
    ]
    pairs = [*((variant, BASELINE) for variant in found if variant != BASELINE), *COMPARED]
    for variant, against in pairs:
        if {variant, against} <= found.keys():
            for metric, (deletions, count) in found[variant].items():
                table.append(_row(variant, against, metric, deletions - found[against][metric][0], count))
    return [dict(zip(COLUMNS, row, strict=True)) for row in table]


def class_agreements(
    drawn: Int[np.ndarray, " samples"], labels: Int[np.ndarray, " samples"], classes: int, shift: int, split: Groups
) -> Scores:
    """Shares of samples that show their own class, and that show the one `shift` places further on.

    Args:
        drawn: the class that a judge sees in each sample, int64 (n,).
        labels: the class of each, int64 (n,), of `classes`.
    """
    other = (labels + shift) % classes
    return {
        "class_agreement": (_within(mean_deletions(drawn == labels, split.member), split), 0),
        "other_class_agreement": (_within(mean_deletions(drawn == other, split.member), split), 0),
    }


def _scores(
    samples: Mapping[str, np.ndarray], reference: Reference, texts: np.ndarray | None, classes: int, groups: int, shift: int
) -> Scores:
    labels, split = samples["label"], stratified_groups(samples["sample"], classes, groups)
    other = (labels + shift) % classes
    found: Scores = {}
    # Inception's 1,008 outputs are not the 1,000 labels: the CLIP margin then tells the two classes apart.
    if texts is not None and samples["logits"].shape[1] == classes:
        found |= class_agreements(samples["logits"].argmax(axis=1), labels, classes, shift, split)
    if texts is not None:
        own_text, other_text = (100.0 * cosines(samples["clip"], texts[chosen]) for chosen in (labels, other))
        found["clip_margin"] = _within(mean_deletions(own_text - other_text, split.member), split), 0
    features = samples["features"]
    total = moments(features, shift=reference.mean)
    distance = frechet_jackknife(features, labels, split.member, total, reference).deletions
    return found | {"fid": (_within(distance, split), features.shape[1])}


def _within(deletions: Deletions, split: Groups) -> Deletions:
    return Deletions(deletions.value, deletions.without, deletions.sizes, split.strata, deletions.halves)


def _row(variant: str, against: str, metric: str, deletions: Deletions, width: int) -> tuple:
    n, (quantity, paired) = int(deletions.sizes.sum()), ("difference", "paired ") if against else ("value", "")
    estimate = metric_interval(deletions, metric, n, quantity)
    low, high, error = estimate.low, estimate.high, estimate.standard_error
    method = f"{paired}delete-group jackknife, {len(deletions.sizes)} groups"
    note = "every group agrees" if error == 0.0 else ""
    if n < (ROWS_WHEN_PAIRED if against else ROWS_PER_DIMENSION) * width:
        note = f"too few samples for {width} features: interval not valid"
    return variant, against, metric, quantity, estimate.value, low, high, error, method, n, note
