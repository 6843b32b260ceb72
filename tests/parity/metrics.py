"""Scores against the stored ones: ADM's evaluator, torch-fidelity and prdc, CLIP score conventions."""

import re
from collections.abc import Iterator, Mapping

import numpy as np

from semantic_bottleneck.scores.clip_score import cosines
from semantic_bottleneck.scores.frechet import (
    Reference,
    frechet_deletions,
    frechet_distance,
    frechet_distance_of_rows,
    prepare_reference,
)
from semantic_bottleneck.scores.inception_score import equal_splits, shuffled_splits, sized_splits
from semantic_bottleneck.scores.moments import grouped_moments, moments
from semantic_bottleneck.scores.neighbours import own_balls, squared_distance_blocks
from semantic_bottleneck.scores.precision_recall import precision_recall
from semantic_bottleneck.scores.torch_fidelity_check import torch_fidelity_frechet, torch_fidelity_inception_score
from semantic_bottleneck.uncertainty.jackknife import jackknife
from tests.parity.comparison import Comparison, compare
from tests.parity.instruments import (
    class_texts,
    inception_score_each,
    kid,
    kid_biased,
    kid_subsets,
    probabilities_of,
    score_clamped_each,
    score_hessel,
    score_mean,
    score_standard_error,
    score_torchmetrics,
    zero_shot_accuracy,
)

Arrays = Mapping[str, np.ndarray]

FID = 1e-9
SINGULAR = 1e-6
SCORE = 1e-10
EXACT = 0.0
FLOAT32_MEAN = 1e-6
ADM_INCEPTION = 1e-6
FLOAT32_RADII = 1e-5
TORCH_SINGULAR = 1e-5
ADM_SPLIT = 5000
DEFAULT_NEIGHBOURS = 3


def metrics_reference(arrays: Arrays, config: dict) -> Iterator[Comparison]:
    """Every score of metrics_reference.npz; tolerances of its config and of docs/sources/evaluation.md, section 9."""
    yield from _frechet(arrays)
    yield from _inception(arrays)
    yield from _kid(arrays)
    yield from _neighbours(arrays)


def adm_metrics(arrays: Arrays, config: dict) -> Iterator[Comparison]:
    """ADM's evaluator. Its float16 shares may differ by a few points near a ball's edge; the float32 ones are exact."""
    sample, real = arrays["features_sample"], arrays["features_ref"]
    for name, left, right in (("fid", sample, real), ("sfid", arrays["spatial_sample"], arrays["spatial_ref"])):
        yield compare(name, _distance(left, right), arrays[name], FLOAT32_MEAN)
    few = sample[: int(arrays["n_few"])]
    yield compare("fid_few", frechet_distance_of_rows(few, _reference(real)), arrays["fid_few"], TORCH_SINGULAR)
    for side, rows in (("ref", real), ("sample", sample)):
        sums = moments(rows)
        yield compare(f"mu_{side}", sums.mean(), arrays[f"mu_{side}"], FLOAT32_MEAN)
        yield compare(f"sigma_{side}", sums.covariance(), arrays[f"sigma_{side}"], FID)
    probabilities = probabilities_of(sample.astype(np.float64) @ arrays["softmax_weight"])
    yield compare("probabilities", probabilities, arrays["probabilities"], ADM_INCEPTION)
    for name, size in (("inception_score_default", ADM_SPLIT), ("inception_score_split", config["split_size"])):
        score = inception_score_each(probabilities, sized_splits(len(sample), size)).mean()
        yield compare(name, score, arrays[name], ADM_INCEPTION)
    yield from _adm_neighbours(arrays, config)


def clip_score_reference(arrays: Arrays, config: dict) -> Iterator[Comparison]:
    """The conventions (a) to (d) of docs/sources/evaluation.md, section 6, and prompts with several templates."""
    for suffix in ("", "_aligned"):
        cosine = cosines(arrays[f"image_features{suffix}"], arrays["text_features"])
        yield compare(f"cosine{suffix}", cosine, arrays[f"cosine{suffix}"], SCORE)
        for name, score in (
            ("score_mean_100", score_mean),
            ("score_clamp_each", score_clamped_each),
            ("score_clamp_mean", score_torchmetrics),
            ("score_torchmetrics", score_torchmetrics),
            ("score_w2_5", score_hessel),
            ("score_se", score_standard_error),
        ):
            yield compare(name + suffix, score(cosine), arrays[name + suffix], SCORE)
    images, templates, labels = arrays["image_features_aligned"], arrays["class_text_features"], arrays["labels"]
    ensemble = class_texts(templates)
    cosine = cosines(images, ensemble[labels])
    each_template = [score_mean(cosines(images, templates[labels, index])) for index in range(templates.shape[1])]
    each_class = [score_mean(cosine[labels == label]) for label in range(len(templates))]
    yield compare("cosine_template_ensemble", cosine, arrays["cosine_template_ensemble"], SCORE)
    yield compare("score_template_ensemble", score_mean(cosine), arrays["score_template_ensemble"], SCORE)
    yield compare("score_first_template", each_template[0], arrays["score_first_template"], SCORE)
    yield compare("score_mean_over_templates", np.mean(each_template), arrays["score_mean_over_templates"], SCORE)
    yield compare("score_each_class", each_class, arrays["score_each_class"], SCORE)
    accuracy = zero_shot_accuracy(images, ensemble, labels)
    yield compare("accuracy_template_ensemble", accuracy, arrays["accuracy_template_ensemble"], SCORE)


def _reference(rows: np.ndarray) -> Reference:
    sums = moments(rows)
    return prepare_reference(sums.mean(), sums.covariance())


def _distance(rows: np.ndarray, reference_rows: np.ndarray) -> float:
    if len(rows) <= rows.shape[1]:
        return frechet_distance_of_rows(rows, _reference(reference_rows))
    sums = moments(rows)
    return frechet_distance(sums.mean(), sums.covariance(), _reference(reference_rows))


def _frechet(arrays: Arrays) -> Iterator[Comparison]:
    generated, real = arrays["features_generated"], arrays["features_reference"]
    other = arrays["features_reference_other_size"]
    reference, sums = _reference(real), moments(generated)
    mean, covariance = sums.mean(), sums.covariance()
    fid = frechet_distance(mean, covariance, reference)
    traces = np.trace(covariance), np.trace(reference.covariance)
    mean_term = float((mean - reference.mean) @ (mean - reference.mean))
    smaller = (len(generated) - 1) / len(generated), (len(real) - 1) / len(real)
    biased = prepare_reference(reference.mean, reference.covariance * smaller[1])
    checked = torch_fidelity_frechet(mean, covariance, reference.mean, reference.covariance)
    other_reference = _reference(other)
    other_checked = torch_fidelity_frechet(mean, covariance, other_reference.mean, other_reference.covariance)
    few = frechet_distance_of_rows(generated[: int(arrays["rank_deficient_rows"])], reference)
    for name, ours, tolerance in (
        ("fid", fid, FID),
        ("fid_symmetric_eigenvalues", fid, FID),
        ("fid_torch_fidelity", checked, FID),
        ("fid_torch_fidelity_float32_features", fid, FLOAT32_MEAN),
        ("fid_mean_term", mean_term, FID),
        ("fid_trace_generated", traces[0], FID),
        ("fid_trace_reference", traces[1], FID),
        ("fid_trace_sqrt", (mean_term + sum(traces) - fid) / 2.0, FID),
        ("fid_other_size", frechet_distance(mean, covariance, other_reference), FID),
        ("fid_other_size_torch_fidelity", other_checked, FID),
        ("fid_wrong_ddof0", frechet_distance(mean, covariance * smaller[0], biased), FID),
        ("fid_self", _distance(generated, generated), FID),
        ("fid_rank_deficient", few, SINGULAR),
        ("fid_rank_deficient_torch_fidelity", few, TORCH_SINGULAR),
        ("mean_generated", mean, FID),
        ("mean_reference", reference.mean, FID),
        ("covariance_diagonal_generated", np.diagonal(covariance), FID),
        ("covariance_diagonal_reference", np.diagonal(reference.covariance), FID),
        ("covariance_first_row_generated", covariance[0], FID),
        ("covariance_first_row_reference", reference.covariance[0], FID),
    ):
        yield compare(name, ours, arrays[name], tolerance)
    deletions = frechet_deletions(
        grouped_moments(generated, equal_splits(len(generated), len(arrays["fid_delete_group"]))), reference
    )
    yield compare("fid_delete_group", deletions.without, arrays["fid_delete_group"], FID)
    estimate = jackknife(deletions)
    yield compare("fid_jackknife_se", estimate.standard_error, arrays["fid_jackknife_se"], FID)
    yield compare("fid_jackknife_bias", estimate.bias, arrays["fid_jackknife_bias"], FID)


def _inception(arrays: Arrays) -> Iterator[Comparison]:
    logits, labels = arrays["logits"], arrays["labels"]
    probabilities, n = probabilities_of(logits), len(logits)
    by_label = probabilities[np.argsort(labels, kind="stable")]
    yield compare("probabilities", probabilities, arrays["probabilities"], SCORE)
    for name, kind, count, way in _matches(arrays, r"is_(mean|std|each)_(\d+)(_shuffled_\d+|_sorted_by_label)?"):
        splits = int(count)
        if way and way.startswith("_shuffled_"):
            each = inception_score_each(probabilities, shuffled_splits(n, splits, int(way.removeprefix("_shuffled_"))))
        else:
            each = inception_score_each(by_label if way else probabilities, equal_splits(n, splits))
        yield compare(name, {"mean": each.mean(), "std": each.std(), "each": each}[kind], arrays[name], SCORE)
    for name, count in _matches(arrays, r"is_mean_(\d+)_shuffled_2020"):
        checked = torch_fidelity_inception_score(logits, int(count))
        yield compare(f"{name} by torch-fidelity", checked, arrays[name], SCORE)


def _kid(arrays: Arrays) -> Iterator[Comparison]:
    generated, real = arrays["features_generated"], arrays["features_reference"]
    full = kid(generated, real)
    size = min(len(generated), len(real))
    for name, ours in (
        ("kid_full", full),
        ("kid_full_torch_fidelity_mmd2", full),
        ("kid_full_biased", kid_biased(generated, real)),
        ("kid_full_other_size", kid(generated, arrays["features_reference_other_size"])),
    ):
        yield compare(name, ours, arrays[name], SCORE)
    for name, count in _matches(arrays, r"kid_(\d+)_subsets_mean"):
        subsets = kid_subsets(generated, real, int(count), int(arrays[f"kid_{count}_subsets_size"]))
        yield compare(name, subsets.mean(), arrays[name], SCORE)
        yield compare(f"kid_{count}_subsets_std", subsets.std(), arrays[f"kid_{count}_subsets_std"], SCORE)
    if len(generated) == len(real):
        whole = kid_subsets(generated, real, subsets=3, size=size)
        for name, ours, tolerance in (
            ("kid_subset_equals_all_mean", whole.mean(), SCORE),
            ("kid_subset_equals_all_std", whole.std(), SCORE),
            ("kid_subset_equals_all_mean_float32_features", whole.mean(), FLOAT32_MEAN),
        ):
            yield compare(name, ours, arrays[name], tolerance)


def _neighbours(arrays: Arrays) -> Iterator[Comparison]:
    generated = arrays["features_generated"]
    single = np.zeros(len(generated), dtype=np.int64)
    for name, size, suffix in _matches(arrays, r"precision(_other_size)?(_k\d+)?"):
        k = int(suffix.removeprefix("_k")) if suffix else DEFAULT_NEIGHBOURS
        scores = precision_recall(generated, arrays[f"features_reference{size or ''}"], k, single)
        for metric, deletions in scores.items():
            entry = name.replace("precision", metric)
            # Shares are exact; a density is a mean of exact counts, so only its last bit may differ.
            yield compare(entry, deletions.value, arrays[entry], SCORE if metric == "density" else EXACT)
        if name == "precision":
            precision, recall = scores["precision"].value, scores["recall"].value
            yield compare("f_score", 2 * precision * recall / (precision + recall), arrays["f_score"], SCORE)


def _matches(arrays: Arrays, pattern: str) -> Iterator[tuple]:
    """(name, group 1, group 2, ...) of every array whose whole name matches."""
    for name in arrays:
        found = re.fullmatch(pattern, name)
        if found:
            yield name, *found.groups()


def _adm_neighbours(arrays: Arrays, config: dict) -> Iterator[Comparison]:
    sample, real = arrays["features_sample"], arrays["features_ref"]
    k, more = config["k_default"], config["k"]
    groups = np.zeros(len(sample), dtype=np.int64)
    default, larger = (precision_recall(sample, real, count, groups, np.float32) for count in (k, more))
    near_edge = 4.0 / min(len(sample), len(real))
    for name, metric, scores, tolerance in (
        ("precision_float32", "precision", default, EXACT),
        ("recall_float32", "recall", default, EXACT),
        ("precision", "precision", default, near_edge),
        ("recall", "recall", default, near_edge),
        ("precision_small_batches", "precision", default, near_edge),
        ("recall_small_batches", "recall", default, near_edge),
        ("precision_k", "precision", larger, near_edge),
        ("recall_k", "recall", larger, near_edge),
    ):
        yield compare(name, scores[metric].value, arrays[name], tolerance)
    for side, rows in (("ref", real), ("sample", sample)):
        radii = own_balls(rows.astype(np.float64), k, np.zeros(len(rows), dtype=np.int64)).squared[:, None]
        yield compare(f"radii_{side}_float32", radii, arrays[f"radii_{side}_float32"], FLOAT32_RADII)
    stored = arrays["distances_float32"]
    left, right = sample[: len(stored)].astype(np.float64), real[: stored.shape[1]].astype(np.float64)
    distances = np.concatenate([block for _, block in squared_distance_blocks(left, right)])
    yield compare("distances_float32", distances, stored, FLOAT32_RADII)


KINDS = {"adm_metrics": adm_metrics, "metrics_reference": metrics_reference, "clip_score_reference": clip_score_reference}
