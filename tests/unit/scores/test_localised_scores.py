"""Which class samples show when a part of c is changed: rows of the table, from samples and deletions that are written out."""

from operator import itemgetter

import numpy as np
import pytest

from semantic_bottleneck.scores.frechet import frechet_distance, prepare_reference
from semantic_bottleneck.scores.localisation import class_agreements, compared_rows, localisation_rows
from semantic_bottleneck.study.localisation import BASELINE
from semantic_bottleneck.uncertainty.groups import Groups, stratified_groups
from semantic_bottleneck.uncertainty.jackknife import Deletions
from semantic_bottleneck.uncertainty.metric_interval import metric_interval

CLASSES, ROUNDS, GROUPS, SHIFT = 3, 20, 5, 2
SAMPLES = CLASSES * ROUNDS
LABELS = np.arange(SAMPLES) % CLASSES
REFERENCE = prepare_reference(np.zeros(2), np.eye(2))


def test_agreement_is_with_the_own_class_and_with_the_one_some_places_further_on():
    drawn = np.array([0, 1, 2, 2, 0, 1, 1, 1])
    labels = np.array([0, 1, 2, 0, 1, 2, 0, 2])  # two places further on: 2, 0, 1, 2, 0, 1, 2, 1
    split = Groups(np.array([0, 0, 1, 1, 2, 2, 3, 3]), np.array([0, 1, 0, 1]))
    found = class_agreements(drawn, labels, CLASSES, SHIFT, split)
    own, other = (found[metric][0] for metric in ("class_agreement", "other_class_agreement"))
    assert (own.value, other.value) == (3 / 8, 4 / 8)
    assert own.without.tolist() == [1 / 6, 2 / 6, 3 / 6, 3 / 6]
    assert other.without.tolist() == [4 / 6, 3 / 6, 2 / 6, 3 / 6]
    assert own.strata.tolist() == other.strata.tolist() == [0, 1, 0, 1]
    assert [width for _, width in found.values()] == [0, 0]  # no distance between features


def samples(variants, setting="own", logits=CLASSES):
    """Samples whose judges see the class `drawn` of each variant; their features lie at its place."""
    rng, columns = np.random.default_rng(0), {}
    for variant, drawn in variants.items():
        seen = np.asarray(drawn, dtype=np.int64)
        own = {
            "setting": np.full(SAMPLES, setting),
            "variant": np.full(SAMPLES, variant),
            "sample": np.arange(SAMPLES),
            "label": LABELS,
            "features": rng.normal(size=(SAMPLES, 2)) + seen[:, None],
            "logits": np.eye(logits)[seen],
            "clip": np.eye(CLASSES)[seen] + 0.1,
        }
        for key, values in own.items():
            columns.setdefault(key, []).append(values)
    return {key: np.concatenate(values) for key, values in columns.items()}


VARIANTS = {
    "tail-zero": np.where(np.arange(SAMPLES) < 20, LABELS, (LABELS + SHIFT) % CLASSES),
    BASELINE: np.where(np.arange(SAMPLES) < 10, 0, LABELS),
    "tail-mean": (LABELS + 1) % CLASSES,
}


def rows_of(given, texts=None):
    texts = np.eye(CLASSES) if texts is None else texts
    found = localisation_rows("dit", given, REFERENCE, texts, CLASSES, GROUPS, SHIFT)
    return [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]


def value(rows, variant, metric, against=""):
    (row,) = [row for row in rows if (row["variant"], row["metric"], row["against"]) == (variant, metric, against)]
    return row


def test_each_number_is_that_of_its_samples():
    rows = rows_of(samples(VARIANTS))
    assert value(rows, "tail-zero", "class_agreement")["value"] == pytest.approx(20 / 60)
    assert value(rows, "tail-zero", "other_class_agreement")["value"] == pytest.approx(40 / 60)
    assert value(rows, "tail-mean", "class_agreement")["value"] == 0.0
    length = np.sqrt(1.1**2 + 2 * 0.1**2)
    assert value(rows, "tail-zero", "clip_margin")["value"] == pytest.approx(100 * (20 - 40) / 60 / length)
    given = samples(VARIANTS)
    features = given["features"][given["variant"] == "tail-zero"]
    expected = frechet_distance(features.mean(axis=0), np.cov(features.T), REFERENCE)
    assert value(rows, "tail-zero", "fid")["value"] == pytest.approx(expected)
    assert {row["n"] for row in rows} == {SAMPLES}
    assert {(row["model"], row["setting"]) for row in rows} == {("dit", "own")}


def test_a_pair_is_compared_over_the_same_samples_and_only_where_both_are_there():
    rows = rows_of(samples(VARIANTS))
    pairs = [*dict.fromkeys((row["variant"], row["against"]) for row in rows if row["quantity"] == "difference")]
    assert pairs == [("tail-zero", BASELINE), ("tail-mean", BASELINE), ("tail-zero", "tail-mean")]
    for variant, against in pairs:
        for metric in ("class_agreement", "other_class_agreement", "clip_margin", "fid"):
            first, second = (value(rows, name, metric)["value"] for name in (variant, against))
            assert value(rows, variant, metric, against)["value"] == pytest.approx(first - second)
    assert {row["against"] for row in rows if row["quantity"] == "value"} == {""}


def test_the_order_of_the_samples_and_other_settings_change_no_number():
    own, late = samples(VARIANTS), samples({BASELINE: np.zeros(SAMPLES), "tail-zero": LABELS}, "late")
    both = {key: np.concatenate([own[key], late[key]]) for key in own}
    shuffled = np.random.default_rng(1).permutation(len(both["label"]))
    found = rows_of({key: values[shuffled] for key, values in both.items()})
    key = itemgetter("setting", "variant", "against", "metric")
    assert sorted(found, key=key) == sorted(rows_of(own) + rows_of(late), key=key)


def test_judges_of_other_classes_are_not_asked_for_the_class():
    metrics = {row["metric"] for row in rows_of(samples(VARIANTS, logits=CLASSES + 1))}
    assert metrics == {"clip_margin", "fid"}


def test_groups_are_those_of_classes_and_rounds():
    split = stratified_groups(np.arange(SAMPLES), CLASSES, GROUPS)
    deletions, _ = class_agreements(VARIANTS["tail-zero"], LABELS, CLASSES, SHIFT, split)["class_agreement"]
    row = value(rows_of(samples(VARIANTS)), "tail-zero", "class_agreement")
    expected = metric_interval(deletions, "class_agreement", SAMPLES)
    assert (row["low"], row["high"], row["standard_error"]) == (expected.low, expected.high, expected.standard_error)
    assert row["method"] == "delete-group jackknife, 5 groups"


def deletions(values, size=10):
    return Deletions(float(np.mean(values)), np.array(values), np.full(len(values), size))


def test_differences_are_paired_and_say_so():
    scores = {
        BASELINE: {"clip_margin": (deletions([1.0, 2.0, 6.0]), 0)},
        "head-mean": {"clip_margin": (deletions([0.0, 1.0, 5.0]), 0)},
    }
    *values, difference = compared_rows(scores)
    assert [row["method"] for row in values] == ["delete-group jackknife, 3 groups"] * 2
    assert [row["note"] for row in values] == ["", ""]
    assert difference["method"] == "paired delete-group jackknife, 3 groups"
    assert (difference["value"], difference["standard_error"], difference["note"]) == (-1.0, 0.0, "every group agrees")
    assert difference["low"] == difference["high"] == -1.0


@pytest.mark.parametrize(
    ("width", "notes"),
    [(10, ["", "", ""]), (11, ["too few", "too few", ""]), (24, ["too few", "too few", ""]), (25, ["too few"] * 3)],
)
def test_a_distance_needs_three_samples_a_feature_and_a_difference_one_and_a_quarter(width, notes):
    """Here of 30 samples."""
    scores = {BASELINE: {"fid": (deletions([1.0, 2.0, 6.0]), width)}, "head-mean": {"fid": (deletions([0.0, 1.5, 5.0]), width)}}
    rows = compared_rows(scores)
    assert [row["note"][:7] for row in rows] == notes
    assert all(f"for {width} features" in row["note"] for row in rows if row["note"])
