"""Every metric of one set of samples, each on all of them and without each group."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from semantic_bottleneck.arrays import Float
from semantic_bottleneck.scores.clip_score import cosines
from semantic_bottleneck.scores.frechet import Reference
from semantic_bottleneck.scores.frechet_infinity import frechet_infinity
from semantic_bottleneck.scores.frechet_jackknife import SINGULAR_VALUES, frechet_jackknife
from semantic_bottleneck.scores.inception_score import TORCH_FIDELITY_SEED, inception_sums, shuffled_splits, sized_splits
from semantic_bottleneck.scores.kid import KernelSums, kid_deletions
from semantic_bottleneck.scores.moments import GroupMoments, Moments, grouped_moments, moments
from semantic_bottleneck.scores.precision_recall import precision_recall
from semantic_bottleneck.scores.torch_fidelity_check import torch_fidelity_frechet, torch_fidelity_inception_score
from semantic_bottleneck.uncertainty.groups import Groups, balanced_groups, stratified_groups
from semantic_bottleneck.uncertainty.halves import balanced_halves
from semantic_bottleneck.uncertainty.jackknife import Deletions, jackknife, mean_deletions

log = logging.getLogger(__name__)

AGREEMENT = 1e-6
AGREEMENT_SINGULAR = 1e-3
CHECK_FACTOR = 2.5
ROWS_PER_DIMENSION, ROWS_WITHOUT_EXCESS, ROWS_WHEN_PAIRED = 3, 10, 1.25
"""Samples per feature (benchmarks/coverage.py): below the first the distance's own interval is not valid, below the second it
covers more than it promises; a paired difference needs only the third."""
ROWS_FOR_LIMIT = 15
NARROW = 256
"""Up to this many features pairs are compared in double precision; wider ones in that of the stored features."""
ROWS_OF_CHECK = 10_000
"""The second opinion on the inception score keeps three copies of the logits in double precision: not asked beyond."""
NOT_SMOOTH = {"recall", "coverage"}
"""Their jackknife intervals cover more than they promise unless they are scaled (benchmarks/coverage.py)."""
SCALED, CONSERVATIVE = ", variance scaled by that of halves", ", conservative interval"


@dataclass(frozen=True)
class Settings:
    """How scores are computed.

    Attributes:
        classes: number of classes or prompts; sample i has the one of number i % classes.
        judged: whether judges know these classes; what is asked of each sample's own class is left out otherwise.
        groups: groups of the jackknife, at least 20 for large sample sets.
        neighbours: k of precision, recall, density and coverage.
        neighbour_rows: at most this many samples and reference rows enter scores that need all pairs (KID and the
            neighbour scores); the first in sample order, which are balanced over classes.
        splits: splits of the shuffled inception score.
        consecutive: size of the consecutive splits of the ADM evaluator's inception score; 0 leaves it out.
        seed: order of the groups in the extrapolated Fréchet distance.
    """

    classes: int
    judged: bool = True
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

    features: Float[np.ndarray, "references features"] | None
    frechet: Reference
    spatial: Reference | None = None
    dinov2: Reference | None = None
    texts: Float[np.ndarray, "classes embedding"] | None = None


@dataclass(frozen=True)
class Score:
    """One metric with its deletions, ready to become a value row or half of a difference row.

    Attributes:
        note: what a reader must know about the score and about differences of it.
        own_note: what concerns the interval of the score itself, not that of a difference.
    """

    deletions: Deletions
    method: str
    n: int
    note: str = ""
    own_note: str = ""

    def __sub__(self, other: "Score") -> "Score":
        notes = [note for note in dict.fromkeys((self.note, other.note)) if note]
        return replace(self, deletions=self.deletions - other.deletions, note="; ".join(notes), own_note="")


def measure(samples: Mapping[str, np.ndarray], standards: Standards, settings: Settings) -> dict[str, Score]:
    """Scores by metric name.

    Args:
        samples: in sample order: sample int64 (n,), label int64 (n,), features float (n, d), logits float (n, K) and
            optionally clip float (n, e), spatial float (n, s) and dinov2 float (n, v).
    """
    rows, labels, index = samples["features"], samples["label"], samples["sample"]
    groups = stratified_groups(index, settings.classes, settings.groups)
    balanced = balanced_groups(index, settings.classes, settings.groups)
    parts = grouped_moments(rows, balanced, shift=standards.frechet.mean)
    total = parts.all()
    distance = _frechet_score(rows, labels, groups, total, standards.frechet)
    scores = {"fid": distance}
    alike = distance.deletions
    if groups.strata is not None:
        alike = frechet_jackknife(rows, labels, balanced, total, standards.frechet).deletions
    scores["fid_infinity"] = _limit_score(distance, alike, parts, standards.frechet, settings.seed)
    del parts, total
    for metric, column, reference in (("sfid", "spatial", standards.spatial), ("fd_dinov2", "dinov2", standards.dinov2)):
        if reference is not None and column in samples:
            sums = moments(samples[column], shift=reference.mean)
            scores[metric] = _frechet_score(samples[column], labels, groups, sums, reference)
    scores |= _inception_scores(samples["logits"], groups, settings)
    if standards.features is not None:
        scores |= _pair_scores(rows, standards.features, index, settings)
    return scores | (_sample_means(samples, groups, standards.texts, settings.classes) if settings.judged else {})


def _score(deletions: Deletions, groups: Groups, method: str, n: int, note: str = "") -> Score:
    return Score(replace(deletions, strata=groups.strata), method, n, note)


def _frechet_score(rows: np.ndarray, labels: np.ndarray, groups: Groups, total: Moments, reference: Reference) -> Score:
    """Fréchet distance with notes on everything that casts doubt on it."""
    n, width = rows.shape
    found = frechet_jackknife(rows, labels, groups.member, total, reference)
    value = found.deletions.value
    notes = []
    check = torch_fidelity_frechet(total.mean(), total.covariance(), reference.mean, reference.covariance)
    limit = AGREEMENT_SINGULAR if found.method == SINGULAR_VALUES or reference.singular else AGREEMENT
    if abs(check - value) > limit * max(1.0, abs(value)):
        notes.append(f"formulas disagree: {value:.9g} and, by torch-fidelity's, {check:.9g}")
        log.warning("Fréchet distance: %s", notes[-1])
    if n >= ROWS_PER_DIMENSION * width:
        found_error = jackknife(replace(found.deletions, strata=groups.strata)).standard_error
        notes += _first_order_check(found_error, found.first_order)
    always, own = _too_few(n, width)
    score = _score(
        found.deletions, groups, f"{found.method}, checked by torch-fidelity's formula", n, "; ".join(always + notes)
    )
    return replace(score, own_note=own)


def _too_few(n: int, width: int) -> tuple[list[str], str]:
    """Notes on an interval from too few samples: for a difference too, and for the distance alone."""
    samples = f"({n} samples, {width} features)"
    if n < ROWS_WHEN_PAIRED * width:
        return [f"n < {ROWS_WHEN_PAIRED} d {samples}: interval not valid"], ""
    if n < ROWS_PER_DIMENSION * width:
        return [], f"n < {ROWS_PER_DIMENSION} d {samples}: interval not valid"
    if n < ROWS_WITHOUT_EXCESS * width:
        return [], f"n < {ROWS_WITHOUT_EXCESS} d {samples}: the interval is too wide rather than too narrow"
    return [], ""


def _limit_score(distance: Score, alike: Deletions, parts: GroupMoments, reference: Reference, seed: int) -> Score:
    """The extrapolated distance; too few samples make it too small (benchmarks/coverage.py).

    Args:
        alike: the distance without each group of `parts`, all of which hold every class: unions of them are sample sets.
    """
    n, width = distance.n, len(reference.mean)
    notes = [distance.note] if distance.note else []
    if n < ROWS_FOR_LIMIT * width:
        notes.append(f"n < {ROWS_FOR_LIMIT} d ({n} samples, {width} features): the extrapolation is too low")
    limit = frechet_infinity(parts, alike, reference, seed)
    return Score(limit, "line in 1/n over unions of groups", n, "; ".join(notes))


def _first_order_check(standard_error: float, first_order: float) -> list[str]:
    """A note where the jackknife and the influence function disagree on the standard error beyond their own scatter."""
    if np.isnan([standard_error, first_order]).any():
        return []
    if first_order / CHECK_FACTOR <= standard_error <= first_order * CHECK_FACTOR:
        return []
    return [f"standard errors disagree: jackknife {standard_error:.3g}, influence function {first_order:.3g}"]


def _inception_scores(logits: np.ndarray, groups: Groups, settings: Settings) -> dict[str, Score]:
    n, splits = len(logits), settings.splits
    membership = shuffled_splits(n, splits) if n >= splits else np.zeros(n, dtype=np.int64)
    sums = inception_sums(logits, membership, groups.member)
    scores = {"inception_score_one_split": _score(sums.one_split().deletions(), groups, "one split", n)}
    if n >= splits:
        many, method, note = sums.deletions(), f"{splits} shuffled splits, seed {TORCH_FIDELITY_SEED}", ""
        if n <= ROWS_OF_CHECK:
            check, method = torch_fidelity_inception_score(logits, splits), f"{method}, checked by torch-fidelity's formula"
            note = "" if abs(check - many.value) <= AGREEMENT * check else f"torch-fidelity's formula gives {check:.9g}"
        scores["inception_score"] = _score(many, groups, method, n, note)
    if settings.consecutive:
        runs = inception_sums(logits, sized_splits(n, settings.consecutive), groups.member).deletions()
        scores["inception_score_consecutive"] = _score(
            runs, groups, f"consecutive splits of {settings.consecutive:,} samples", n
        )
    return scores


def _pair_scores(features: np.ndarray, reference: np.ndarray, index: np.ndarray, settings: Settings) -> dict[str, Score]:
    rows, k = settings.neighbour_rows, settings.neighbours
    features, reference = features[:rows], reference[:rows]
    groups = stratified_groups(index[:rows], settings.classes, settings.groups)
    n, size = len(features), f"{len(reference)} reference rows"
    if n - np.bincount(groups.member).max() > k:
        kernel, halving = KernelSums(groups.member), None
        if n // 2 - np.bincount(groups.member).max() > k:
            halving = balanced_halves(index[:rows] % settings.classes, groups.member)
        shares = precision_recall(features, reference, k, groups.member, _precision_of(features), kernel, halving)
        kernel_distance = kernel.deletions()
    else:
        shares, kernel_distance = {}, kid_deletions(features, reference, groups.member)
    scores = {"kid": _score(kernel_distance, groups, f"unbiased, all pairs, {size}", n)}
    for metric, deletions in shares.items():
        error = "" if metric not in NOT_SMOOTH else CONSERVATIVE if deletions.halves is None else SCALED
        scores[metric] = _score(deletions, groups, f"k = {k}, {size}{error}", n)
    return scores


def _precision_of(features: np.ndarray) -> np.dtype | type:
    return np.float64 if features.shape[1] <= NARROW else features.dtype


def _sample_means(
    samples: Mapping[str, np.ndarray], groups: Groups, texts: np.ndarray | None, classes: int
) -> dict[str, Score]:
    labels, scores = samples["label"], {}
    # Inception's 1,008 outputs are not the 1,000 labels: agreement needs a classifier of the labels themselves or, where a
    # model knows the first classes only, of all that have a text.
    if samples["logits"].shape[1] in (classes, 0 if texts is None else len(texts)):
        agreement = mean_deletions(samples["logits"].argmax(axis=1) == labels, groups.member)
        scores["class_agreement"] = _score(agreement, groups, "share of samples classified as their label", len(labels))
    if texts is not None and "clip" in samples:
        score = mean_deletions(100.0 * cosines(samples["clip"], texts[labels]), groups.member)
        scores["clip_score"] = _score(score, groups, "100 mean cosine of image and class text", len(labels))
    return scores
