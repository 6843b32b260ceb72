"""Every metric of one set of samples, each on all of them and without each group."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from semantic_bottleneck.scores.clip_score import cosines
from semantic_bottleneck.scores.frechet import Reference
from semantic_bottleneck.scores.frechet_infinity import frechet_infinity
from semantic_bottleneck.scores.frechet_jackknife import SINGULAR_VALUES, frechet_jackknife
from semantic_bottleneck.scores.inception_score import TORCH_FIDELITY_SEED, inception_sums, shuffled_splits, sized_splits
from semantic_bottleneck.scores.jackknife import Deletions, group_of, jackknife, mean_deletions, usable_groups
from semantic_bottleneck.scores.kid import KernelSums, kid_deletions
from semantic_bottleneck.scores.moments import GroupMoments, Moments, grouped_moments, moments
from semantic_bottleneck.scores.precision_recall import precision_recall
from semantic_bottleneck.scores.torch_fidelity_check import torch_fidelity_frechet, torch_fidelity_inception_score

log = logging.getLogger(__name__)

AGREEMENT = 1e-6
AGREEMENT_SINGULAR = 1e-3
CHECK_FACTOR = 2.5
ROWS_PER_DIMENSION = 3
ROWS_FOR_LIMIT = 15
NARROW = 256
"""Up to this many features pairs are compared in double precision; wider ones in that of the stored features."""
ROWS_OF_CHECK = 10_000
"""torch-fidelity's inception score keeps three copies of the logits in double precision: not asked beyond."""
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
    rows, labels = samples["features"], samples["label"]
    parts = grouped_moments(rows, groups, shift=standards.frechet.mean)
    distance = _frechet_score(rows, labels, groups, parts.all(), standards.frechet)
    scores = {"fid": distance, "fid_infinity": _limit_score(distance, parts, standards.frechet, settings.seed)}
    del parts
    for metric, column, reference in (("sfid", "spatial", standards.spatial), ("fd_dinov2", "dinov2", standards.dinov2)):
        if reference is not None and column in samples:
            total = moments(samples[column], shift=reference.mean)
            scores[metric] = _frechet_score(samples[column], labels, groups, total, reference)
    scores |= _inception_scores(samples["logits"], groups, settings)
    if standards.features is not None:
        scores |= _pair_scores(rows, standards.features, groups, settings)
    return scores | _sample_means(samples, groups, standards.texts, settings.classes)


def _frechet_score(rows: np.ndarray, labels: np.ndarray, groups: np.ndarray, total: Moments, reference: Reference) -> Score:
    """Fréchet distance with notes on everything that casts doubt on it."""
    n, width = rows.shape
    found = frechet_jackknife(rows, labels, groups, total, reference)
    value = found.deletions.value
    notes = (
        []
        if n >= ROWS_PER_DIMENSION * width
        else [f"n < {ROWS_PER_DIMENSION} d ({n} samples, {width} features): interval not valid"]
    )
    check = torch_fidelity_frechet(total.mean(), total.covariance(), reference.mean, reference.covariance)
    limit = AGREEMENT_SINGULAR if found.method == SINGULAR_VALUES or reference.singular else AGREEMENT
    if abs(check - value) > limit * max(1.0, abs(value)):
        notes.append(f"formulas disagree: {value:.9g} and, by torch-fidelity, {check:.9g}")
        log.warning("Fréchet distance: %s", notes[-1])
    if n >= ROWS_PER_DIMENSION * width:
        notes += _first_order_check(jackknife(found.deletions).standard_error, found.first_order)
    return Score(found.deletions, f"{found.method}, checked by torch-fidelity", n, "; ".join(notes))


def _limit_score(distance: Score, parts: GroupMoments, reference: Reference, seed: int) -> Score:
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
    n, splits = len(logits), settings.splits
    sums = inception_sums(logits, shuffled_splits(n, splits) if n >= splits else np.zeros(n, dtype=np.int64), groups)
    scores = {"inception_score_one_split": Score(sums.one_split().deletions(), "one split", n)}
    if n >= splits:
        many, method, note = sums.deletions(), f"{splits} shuffled splits, seed {TORCH_FIDELITY_SEED}", ""
        if n <= ROWS_OF_CHECK:
            check, method = torch_fidelity_inception_score(logits, splits), f"{method}, checked by torch-fidelity"
            note = "" if abs(check - many.value) <= AGREEMENT * check else f"torch-fidelity gives {check:.9g}"
        scores["inception_score"] = Score(many, method, n, note)
    if settings.consecutive:
        runs = inception_sums(logits, sized_splits(n, settings.consecutive), groups).deletions()
        scores["inception_score_consecutive"] = Score(runs, f"consecutive splits of {settings.consecutive:,} samples", n)
    return scores


def _pair_scores(features: np.ndarray, reference: np.ndarray, groups: np.ndarray, settings: Settings) -> dict[str, Score]:
    rows, k = settings.neighbour_rows, settings.neighbours
    features, reference, groups = features[:rows], reference[:rows], groups[:rows]
    n, size = len(features), f"{len(reference)} reference rows"
    if n - np.bincount(groups).max() > k:
        kernel = KernelSums(groups)
        shares = precision_recall(features, reference, k, groups, _precision_of(features), kernel)
        kernel_distance = kernel.deletions()
    else:
        shares, kernel_distance = {}, kid_deletions(features, reference, groups)
    scores = {"kid": Score(kernel_distance, f"unbiased, all pairs, {size}", n)}
    for metric, deletions in shares.items():
        scores[metric] = Score(deletions, f"k = {k}, {size}{', wide interval' if metric in WIDE else ''}", n)
    return scores


def _precision_of(features: np.ndarray) -> np.dtype | type:
    return np.float64 if features.shape[1] <= NARROW else features.dtype


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
