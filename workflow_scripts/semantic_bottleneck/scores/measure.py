"""Every metric of one set of samples, each on all of them and without each group."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from semantic_bottleneck.scores.clip_score import cosines
from semantic_bottleneck.scores.frechet import Reference, frechet_deletions, frechet_deletions_of_rows
from semantic_bottleneck.scores.frechet_infinity import frechet_infinity
from semantic_bottleneck.scores.inception_score import (
    equal_splits,
    inception_score_deletions,
    probabilities_of,
    shuffled_splits,
    sized_splits,
)
from semantic_bottleneck.scores.influence import influence_standard_error
from semantic_bottleneck.scores.jackknife import Deletions, group_of, jackknife, mean_deletions, usable_groups
from semantic_bottleneck.scores.kid import kid_deletions
from semantic_bottleneck.scores.moments import Moments, grouped_moments, merge
from semantic_bottleneck.scores.precision_recall import precision_recall
from semantic_bottleneck.scores.torch_fidelity_check import torch_fidelity_frechet, torch_fidelity_inception_score

log = logging.getLogger(__name__)

AGREEMENT = 1e-6
AGREEMENT_SINGULAR = 1e-3
CHECK_FACTOR = 2.5
ROWS_PER_DIMENSION = 3
ROWS_FOR_LIMIT = 15
WIDE = {"recall", "coverage"}
"""Not smooth in the samples: their jackknife intervals err on the wide side (benchmarks/coverage.py)."""


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
        consecutive: size of the consecutive splits of the ADM evaluator's inception score; 0 leaves it out.
        seed: order of the groups in the extrapolated Fréchet distance.
    """

    classes: int
    groups: int = 20
    neighbours: int = 3
    neighbour_rows: int = 10_000
    splits: int = 10
    consecutive: int = 0
    seed: int = 0


@dataclass(frozen=True)
class Standards:
    """What samples are measured against.

    Attributes:
        features: float (m, d), real images; None leaves out what compares pairs of them.
        frechet: their statistics, or those of more images.
        spatial: statistics of spatial features; None leaves sFID out.
        dinov2: statistics of DINOv2 features; None leaves FD-DINOv2 out.
        texts: float (K, e), one text per class; None leaves the CLIP score out.
    """

    features: np.ndarray | None
    frechet: Reference
    spatial: Reference | None = None
    dinov2: Reference | None = None
    texts: np.ndarray | None = None


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


def measure(samples: Mapping[str, np.ndarray], standards: Standards, settings: Settings) -> dict[str, Score]:
    """Scores by metric name.

    Args:
        samples: in sample order: sample int64 (n,), label int64 (n,), features float (n, d), logits float (n, K) and
            optionally clip float (n, e), spatial float (n, s) and dinov2 float (n, v).
    """
    count = usable_groups(samples["sample"], settings.classes, settings.groups)
    groups = np.unique(group_of(samples["sample"], settings.classes, count), return_inverse=True)[1]
    parts = grouped_moments(samples["features"], groups, shift=standards.frechet.mean)
    distance = _frechet_score(samples["features"], samples["label"], groups, parts, standards.frechet)
    scores = {"fid": distance, "fid_infinity": _limit_score(distance, parts, standards.frechet, settings.seed)}
    for metric, column, reference in (("sfid", "spatial", standards.spatial), ("fd_dinov2", "dinov2", standards.dinov2)):
        if reference is not None and column in samples:
            rows = samples[column]
            parts = grouped_moments(rows, groups, shift=reference.mean)
            scores[metric] = _frechet_score(rows, samples["label"], groups, parts, reference)
    scores |= _inception_scores(samples["logits"], groups, settings)
    if standards.features is not None:
        scores |= _pair_scores(samples["features"], standards.features, groups, settings)
    return scores | _sample_means(samples, groups, standards.texts, settings.classes)


def _frechet_score(
    rows: np.ndarray, labels: np.ndarray, groups: np.ndarray, parts: list[Moments], reference: Reference
) -> Score:
    """Fréchet distance with notes on everything that casts doubt on it."""
    (n, width), total = rows.shape, merge(parts)
    few = n - max(part.n for part in parts) <= width
    distance = frechet_deletions_of_rows(rows, groups, reference) if few else frechet_deletions(parts, reference)
    notes = (
        []
        if n >= ROWS_PER_DIMENSION * width
        else [f"n < {ROWS_PER_DIMENSION} d ({n} samples, {width} features): the interval may be off"]
    )
    check = torch_fidelity_frechet(total.mean(), total.covariance(), reference.mean, reference.covariance)
    limit = AGREEMENT_SINGULAR if few or reference.singular else AGREEMENT
    if abs(check - distance.value) > limit * max(1.0, abs(distance.value)):
        notes.append(f"formulas disagree: {distance.value:.9g} and, by torch-fidelity, {check:.9g}")
        log.warning("Fréchet distance: %s", notes[-1])
    if n >= ROWS_PER_DIMENSION * width:
        notes += _first_order_check(jackknife(distance).standard_error, influence_standard_error(rows, reference, labels))
    formula = "singular values of centred rows times reference factor" if few else "eigenvalues of L'SL"
    return Score(distance, f"{formula}, checked by torch-fidelity", n, "; ".join(notes))


def _limit_score(distance: Score, parts: list[Moments], reference: Reference, seed: int) -> Score:
    """The extrapolated distance; too few samples make it too small (benchmarks/coverage.py)."""
    n, width = distance.n, len(reference.mean)
    notes = [distance.note] if distance.note else []
    if n < ROWS_FOR_LIMIT * width:
        notes.append(f"n < {ROWS_FOR_LIMIT} d ({n} samples, {width} features): the extrapolation is too low")
    limit = frechet_infinity(parts, distance.deletions, reference, seed)
    return Score(limit, "line in 1/n over unions of groups", n, "; ".join(notes))


def _first_order_check(standard_error: float, first_order: float) -> list[str]:
    """A note where the jackknife and the influence function disagree on the standard error beyond their own scatter."""
    if np.isnan([standard_error, first_order]).any():
        return []
    if first_order / CHECK_FACTOR <= standard_error <= first_order * CHECK_FACTOR:
        return []
    return [f"standard errors disagree: jackknife {standard_error:.3g}, influence function {first_order:.3g}"]


def _inception_scores(logits: np.ndarray, groups: np.ndarray, settings: Settings) -> dict[str, Score]:
    n, splits, probabilities = len(logits), settings.splits, probabilities_of(logits)
    one = inception_score_deletions(probabilities, equal_splits(n, 1), groups)
    scores = {"inception_score_one_split": Score(one, "one split", n)}
    if n >= splits:
        many = inception_score_deletions(probabilities, shuffled_splits(n, splits), groups)
        check = torch_fidelity_inception_score(logits, splits)
        note = "" if abs(check - many.value) <= AGREEMENT * check else f"torch-fidelity gives {check:.9g}"
        scores["inception_score"] = Score(many, f"{splits} shuffled splits, seed 2020, checked by torch-fidelity", n, note)
    if settings.consecutive:
        runs = inception_score_deletions(probabilities, sized_splits(n, settings.consecutive), groups)
        scores["inception_score_consecutive"] = Score(runs, f"consecutive splits of {settings.consecutive:,} samples", n)
    return scores


def _pair_scores(features: np.ndarray, reference: np.ndarray, groups: np.ndarray, settings: Settings) -> dict[str, Score]:
    rows, k = settings.neighbour_rows, settings.neighbours
    features, reference, groups = features[:rows], reference[:rows], groups[:rows]
    n, size = len(features), f"{len(reference)} reference rows"
    scores = {"kid": Score(kid_deletions(features, reference, groups), f"unbiased, all pairs, {size}", n)}
    if n - np.bincount(groups).max() > k:
        for metric, deletions in precision_recall(features, reference, k, groups).items():
            scores[metric] = Score(deletions, f"k = {k}, {size}{', wide interval' if metric in WIDE else ''}", n)
    return scores


def _sample_means(
    samples: Mapping[str, np.ndarray], groups: np.ndarray, texts: np.ndarray | None, classes: int
) -> dict[str, Score]:
    labels, scores = samples["label"], {}
    # Inception's 1,008 outputs are not the 1,000 labels: agreement needs a classifier of the labels themselves.
    if samples["logits"].shape[1] == classes:
        agreement = mean_deletions(samples["logits"].argmax(axis=1) == labels, groups)
        scores["class_agreement"] = Score(agreement, "share of samples classified as their label", len(labels))
    if texts is not None and "clip" in samples:
        score = mean_deletions(100.0 * cosines(samples["clip"], texts[labels]), groups)
        scores["clip_score"] = Score(score, "100 mean cosine of image and class text", len(labels))
    return scores
