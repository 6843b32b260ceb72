"""All scores of one variant, and its paired differences from the baseline, as rows of the scores table."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.scores.clip_score import cosines
from semantic_bottleneck.scores.frechet import (
    Reference,
    frechet_deletions,
    frechet_deletions_of_rows,
    prepare_reference,
)
from semantic_bottleneck.scores.frechet_infinity import frechet_infinity
from semantic_bottleneck.scores.inception_score import (
    equal_splits,
    inception_score_deletions,
    probabilities_of,
    shuffled_splits,
)
from semantic_bottleneck.scores.influence import influence_standard_error
from semantic_bottleneck.scores.jackknife import Deletions, group_of, jackknife, mean_deletions, usable_groups
from semantic_bottleneck.scores.kid import kid_deletions
from semantic_bottleneck.scores.moments import grouped_moments, merge, moments
from semantic_bottleneck.scores.precision_recall import precision_recall
from semantic_bottleneck.scores.torch_fidelity_check import torch_fidelity_frechet, torch_fidelity_inception_score

log = logging.getLogger(__name__)

AGREEMENT = 1e-6
AGREEMENT_SINGULAR = 1e-3
CHECK_FACTOR = 2.5
COLUMNS = ("model", "variant", "metric", "quantity", "value", "low", "high", "standard_error", "method", "n", "note")


@dataclass(frozen=True)
class Settings:
    """How scores are computed.

    Attributes:
        classes: number of classes; sample i has class i % classes.
        groups: groups of the jackknife, at least 20 for large sample sets.
        neighbours: k of precision, recall, density and coverage.
        neighbour_rows: at most this many samples and reference rows enter scores that need all pairs (KID and the
            neighbour scores); the first in sample order, which are balanced over classes.
        splits: splits of the shuffled inception score.
        seed: order of the groups in the extrapolated Fréchet distance.
    """

    classes: int
    groups: int = 20
    neighbours: int = 3
    neighbour_rows: int = 10_000
    splits: int = 10
    seed: int = 0


@dataclass(frozen=True)
class Score:
    """One metric with its deletions, ready to become a value row or half of a difference row."""

    deletions: Deletions
    method: str
    n: int
    note: str = ""

    def __sub__(self, other: "Score") -> "Score":
        notes = [note for note in dict.fromkeys((self.note, other.note)) if note]
        return replace(self, deletions=self.deletions - other.deletions, note="; ".join(notes))


def score_variant(
    variant: Mapping[str, np.ndarray],
    baseline: Mapping[str, np.ndarray] | None,
    reference_features: np.ndarray,
    *,
    model: str,
    name: str,
    settings: Settings,
    text_features: np.ndarray | None = None,
    reference_moments: tuple[np.ndarray, np.ndarray] | None = None,
) -> dict[str, list]:
    """Columns of the scores table (model, variant, metric, quantity, value, low, high, standard_error, method, n, note).

    Each metric gives a row `value`; with a baseline also a row `difference` (variant minus baseline), whose interval
    comes from the jackknife of the difference over the same groups, since both share labels and noise.

    Args:
        variant, baseline: per sample, in any order: sample int64 (n,), label int64 (n,), features float (n, d),
            logits float (n, K) and optionally clip float (n, e).
        reference_features: float (m, d), real images.
        text_features: float (K, e), one text per class; without it there is no CLIP score.
        reference_moments: mean (d,) and covariance (d, d) for the Fréchet distance where they come from more images
            than `reference_features` holds.

    Raises:
        UserError: a column is missing, holds a value that is not finite, or the two variants hold different samples.
    """
    mean, covariance = reference_moments or _moments_of(reference_features)
    reference = prepare_reference(mean, covariance)
    inputs = reference_features, reference, text_features, settings
    scores = measure(_in_sample_order(variant, name), *inputs)
    rows = [_row(model, name, metric, "value", score) for metric, score in scores.items()]
    if baseline is not None:
        if not np.array_equal(np.sort(variant["sample"]), np.sort(baseline["sample"])):
            raise UserError(f"Variant {name} and the baseline hold different samples; generate both with the same number.")
        others = measure(_in_sample_order(baseline, "baseline"), *inputs)
        rows += [
            _row(model, name, metric, "difference", score - others[metric])
            for metric, score in scores.items()
            if metric in others
        ]
    return {column: [row[index] for row in rows] for index, column in enumerate(COLUMNS)}


def measure(
    samples: Mapping[str, np.ndarray],
    reference_features: np.ndarray,
    reference: Reference,
    text_features: np.ndarray | None,
    settings: Settings,
) -> dict[str, Score]:
    """Every metric of one set of samples in sample order; arguments as in `score_variant`."""
    count = usable_groups(samples["sample"], settings.classes, settings.groups)
    groups = np.unique(group_of(samples["sample"], settings.classes, count), return_inverse=True)[1]
    return {
        **_frechet_scores(samples["features"], samples["label"], groups, reference, settings.seed),
        **_inception_scores(samples["logits"], groups, settings.splits),
        **_pair_scores(samples["features"], reference_features, groups, settings),
        **_sample_means(samples, groups, text_features),
    }


def _frechet_scores(
    features: np.ndarray, labels: np.ndarray, groups: np.ndarray, reference: Reference, seed: int
) -> dict[str, Score]:
    n, width = features.shape
    parts = grouped_moments(features, groups, shift=reference.mean)
    total = merge(parts)
    few = n - max(part.n for part in parts) <= width
    distance = frechet_deletions_of_rows(features, groups, reference) if few else frechet_deletions(parts, reference)
    notes = [f"n < 3 d ({n} samples, {width} features): the interval may be off"] if n < 3 * width else []
    check = torch_fidelity_frechet(total.mean(), total.covariance(), reference.mean, reference.covariance)
    limit = AGREEMENT_SINGULAR if few or reference.singular else AGREEMENT
    if abs(check - distance.value) > limit * max(1.0, abs(distance.value)):
        notes.append(f"formulas disagree: {distance.value:.9g} and, by torch-fidelity, {check:.9g}")
        log.warning("Fréchet distance: %s", notes[-1])
    formula = "singular values of centred rows times reference factor" if few else "eigenvalues of L'SL"
    notes += _first_order_check(features, labels, reference, jackknife(distance).standard_error)
    limit_distance, note = frechet_infinity(parts, reference, seed), "; ".join(notes)
    return {
        "fid": Score(distance, f"{formula}, checked by torch-fidelity", n, note),
        "fid_infinity": Score(limit_distance, "line in 1/n over unions of groups", n, note),
    }


def _first_order_check(features: np.ndarray, labels: np.ndarray, reference: Reference, standard_error: float) -> list[str]:
    """A note where the jackknife and the influence function disagree on the standard error beyond their own scatter."""
    n, width = features.shape
    if n < 3 * width or np.isnan(standard_error):
        return []
    first_order = influence_standard_error(features, reference, labels)
    if np.isnan(first_order) or first_order / CHECK_FACTOR <= standard_error <= first_order * CHECK_FACTOR:
        return []
    return [f"standard errors disagree: jackknife {standard_error:.3g}, influence function {first_order:.3g}"]


def _inception_scores(logits: np.ndarray, groups: np.ndarray, splits: int) -> dict[str, Score]:
    n, probabilities = len(logits), probabilities_of(logits)
    one = inception_score_deletions(probabilities, equal_splits(n, 1), groups)
    scores = {"inception_score_one_split": Score(one, "one split", n)}
    if n >= splits:
        many = inception_score_deletions(probabilities, shuffled_splits(n, splits), groups)
        check = torch_fidelity_inception_score(logits, splits)
        note = "" if abs(check - many.value) <= AGREEMENT * check else f"torch-fidelity gives {check:.9g}"
        scores["inception_score"] = Score(many, f"{splits} shuffled splits, seed 2020, checked by torch-fidelity", n, note)
    return scores


def _pair_scores(features: np.ndarray, reference: np.ndarray, groups: np.ndarray, settings: Settings) -> dict[str, Score]:
    rows, k = settings.neighbour_rows, settings.neighbours
    features, reference, groups = features[:rows], reference[:rows], groups[:rows]
    n, size = len(features), f"{len(reference)} reference rows"
    scores = {"kid": Score(kid_deletions(features, reference, groups), f"unbiased, all pairs, {size}", n)}
    if n - np.bincount(groups).max() > k:
        neighbour = precision_recall(features, reference, k, groups)
        scores |= {metric: Score(deletions, f"k = {k}, {size}", n) for metric, deletions in neighbour.items()}
    return scores


def _sample_means(samples: Mapping[str, np.ndarray], groups: np.ndarray, texts: np.ndarray | None) -> dict[str, Score]:
    labels = samples["label"]
    agreement = mean_deletions(samples["logits"].argmax(axis=1) == labels, groups)
    scores = {"class_agreement": Score(agreement, "share of samples classified as their label", len(labels))}
    if texts is not None and "clip" in samples:
        score = mean_deletions(100.0 * cosines(samples["clip"], texts[labels]), groups)
        scores["clip_score"] = Score(score, "100 mean cosine of image and class text", len(labels))
    return scores


def _row(model: str, name: str, metric: str, quantity: str, score: Score) -> tuple:
    estimate = jackknife(score.deletions)
    groups = len(score.deletions.sizes)
    notes = [score.note] if score.note else []
    if np.isnan(estimate.standard_error):
        notes.append("no interval: too few groups")
    elif estimate.standard_error == 0.0:
        notes.append("every group agrees: the interval has no width")
    paired = "paired " if quantity == "difference" else ""
    method = f"{score.method}; {paired}delete-group jackknife, {groups} groups"
    values = estimate.value, estimate.low, estimate.high, estimate.standard_error
    return model, name, metric, quantity, *values, method, score.n, "; ".join(notes)


def _in_sample_order(samples: Mapping[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    missing = {"sample", "label", "features", "logits"} - set(samples)
    if missing:
        raise UserError(f"The features of variant {name} lack the column {min(missing)}; extract them again.")
    order = np.argsort(samples["sample"], kind="stable")
    ordered = {key: np.asarray(values)[order] for key, values in samples.items()}
    for key in ("features", "logits", "clip"):
        if key in ordered and not np.isfinite(ordered[key]).all():
            raise UserError(f"The column {key} of variant {name} holds a value that is not finite; look at its samples.")
    return ordered


def _moments_of(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    sums = moments(features, shift=np.asarray(features[0], dtype=np.float64))
    return sums.mean(), sums.covariance()
