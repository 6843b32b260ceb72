"""All rows of a variant: schema, pairing, order independence, notes, small samples, bad input."""

import numpy as np
import pytest

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.scores import frechet_jackknife, measure
from semantic_bottleneck.scores.measure import Settings
from semantic_bottleneck.scores.variant_scores import COLUMNS, score_rows, variant_scores

CLASSES, WIDTH = 5, 6
METRICS = {
    "fid", "fid_infinity", "inception_score", "inception_score_one_split", "kid",
    "precision", "recall", "density", "coverage", "clip_score", "class_agreement",
}  # fmt: skip


def samples_of(seed, n=300, shift=0.0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % CLASSES
    centres = np.random.default_rng(99).normal(size=(CLASSES, WIDTH))
    features = centres[labels] + rng.normal(size=(n, WIDTH)) + shift
    logits = 3.0 * np.eye(CLASSES)[labels] + rng.normal(size=(n, CLASSES))
    clip = np.eye(CLASSES)[labels] + 0.1 * rng.normal(size=(n, CLASSES))
    return {"sample": np.arange(n), "label": labels, "features": features, "logits": logits, "clip": clip}


def replicates(samples, **options):
    reference = options.pop("reference", samples_of(1000, n=400)["features"])
    options = {"settings": Settings(classes=CLASSES), "text_features": np.eye(CLASSES)} | options
    return variant_scores(samples, reference, name="v", **options)


def score(variant, baseline=None, **options):
    unpruned = None if baseline is None else replicates(baseline, **options)
    return score_rows("m", "v", replicates(variant, **options), unpruned)


def rows_by(columns):
    rows = zip(*columns.values(), strict=True)
    return {(row[2], row[3]): dict(zip(columns, row, strict=True)) for row in rows}


def test_every_metric_has_a_value_and_a_paired_difference():
    base = samples_of(1)
    variant = base | {"features": base["features"] + 0.3}
    columns = score(variant, base)
    assert tuple(columns) == COLUMNS
    rows = rows_by(columns)
    assert {metric for metric, quantity in rows if quantity == "value"} == METRICS
    assert {metric for metric, quantity in rows if quantity == "difference"} == METRICS
    for row in rows.values():
        assert row["low"] <= row["value"] <= row["high"]
        assert row["n"] == 300
        assert "delete-group jackknife, 20 groups" in row["method"]
    assert rows["fid", "difference"]["low"] > 0.0
    assert rows["clip_score", "difference"]["value"] == 0.0
    assert "no width" in rows["clip_score", "difference"]["note"]
    assert rows["clip_score", "value"]["value"] > 90.0
    for (metric, quantity), row in rows.items():
        told = any(words in row["note"] for words in ("to resolve", "no width", "may miss"))
        assert told == (quantity == "difference"), metric
    assert "to resolve 0.01 takes" in rows["fid", "difference"]["note"]
    assert "to resolve 1e-05 takes" in rows["kid", "difference"]["note"]
    assert "to resolve" not in rows["fid", "value"]["note"]


def test_a_model_of_the_first_classes_is_judged_by_a_classifier_of_all():
    samples = samples_of(1)
    few = samples | {"label": samples["label"] % 2}
    rows = rows_by(score(few, settings=Settings(classes=2)))
    agreement = (samples["logits"].argmax(axis=1) == few["label"]).mean()
    assert rows["class_agreement", "value"]["value"] == pytest.approx(agreement)
    other = few | {"logits": np.pad(few["logits"], ((0, 0), (0, 1)))}
    assert ("class_agreement", "value") not in rows_by(score(other, settings=Settings(classes=2)))


def test_a_small_difference_is_resolved_only_when_paired():
    base = samples_of(1)
    variant = base | {"features": base["features"] + 0.02}
    rows = rows_by(score(variant, base))
    assert rows["fid", "difference"]["standard_error"] < 0.3 * rows["fid", "value"]["standard_error"]


def test_the_baseline_alone_has_no_differences():
    assert set(score(samples_of(2))["quantity"]) == {"value"}


def test_rows_in_any_order_give_the_same_bits():
    base = samples_of(3)
    order = np.random.default_rng(0).permutation(300)
    shuffled = {name: values[order] for name, values in base.items()}
    assert score(base) == score(shuffled)


def test_few_samples_still_get_rows_and_say_what_is_missing():
    rows = rows_by(score(samples_of(4, n=2 * CLASSES)))
    assert "n < 3 d (10 samples, 6 features): interval not valid" in rows["fid", "value"]["note"]
    assert "10 groups in 5 blocks of classes" in rows["fid", "value"]["method"]
    assert np.isnan(rows["fid_infinity", "value"]["value"])
    assert "no interval" in rows["fid_infinity", "value"]["note"]
    ungrouped = rows_by(score(samples_of(4, n=20) | {"sample": np.arange(20) * CLASSES}))
    assert np.isfinite(ungrouped["fid_infinity", "value"]["low"])
    single = rows_by(score(samples_of(4, n=CLASSES)))
    assert np.isnan(single["fid", "value"]["low"])
    assert np.isfinite(single["fid", "value"]["value"])


@pytest.mark.parametrize(
    ("n", "value", "difference"),
    [(5, "n < 1.25 d", "n < 1.25 d"), (15, "n < 3 d", ""), (30, "n < 10 d", ""), (60, "", "")],
)
def test_too_few_samples_per_feature_are_said_where_they_matter(n, value, difference):
    base = samples_of(4, n=n)
    rows = rows_by(score(base | {"features": 1.01 * base["features"]}, base))
    for quantity, expected in (("value", value), ("difference", difference)):
        note = rows["fid", quantity]["note"]
        assert expected in note if expected else " d (" not in note
    assert "n < 3 d" not in rows["kid", "value"]["note"]


def test_disagreeing_formulas_leave_a_note(monkeypatch):
    monkeypatch.setattr(measure, "torch_fidelity_frechet", lambda *statistics: 123.0)
    monkeypatch.setattr(frechet_jackknife, "influence_standard_error", lambda *arguments: 1e6)
    note = rows_by(score(samples_of(5)))["fid", "value"]["note"]
    assert "formulas disagree" in note
    assert "standard errors disagree" in note


def test_reference_moments_replace_those_of_the_features():
    base = samples_of(6)
    moved = score(base, reference_moments=(np.full(WIDTH, 50.0), np.eye(WIDTH)))
    rows, plain = rows_by(moved), rows_by(score(base))
    assert rows["fid", "value"]["value"] > 1000.0
    assert rows["precision", "value"]["value"] == plain["precision", "value"]["value"]


def test_spatial_features_give_sfid():
    base = samples_of(9)
    spatial = base["features"][:, :3]
    statistics = np.zeros(3), np.eye(3)
    rows = rows_by(score(base | {"spatial": spatial}, spatial_moments=statistics))
    plain = rows_by(score(base | {"features": spatial}, reference_moments=statistics, reference=spatial))
    assert rows["sfid", "value"]["value"] == pytest.approx(plain["fid", "value"]["value"], rel=1e-9)
    assert "sfid" not in {metric for metric, _ in plain}


def test_all_zero_features_do_not_stop_the_scores():
    """A classifier may have dead features, and a wrecked variant may collapse to one picture."""
    base = samples_of(7)
    dead = np.concatenate([base["features"][:, :-1], np.zeros((300, 1))], axis=1)
    collapsed = np.tile(dead[:1], (300, 1))
    reference = np.concatenate([samples_of(1000, n=400)["features"][:, :-1], np.zeros((400, 1))], axis=1)
    for features in (dead, collapsed):
        rows = rows_by(score(base | {"features": features}, base, reference=reference, text_features=None))
        assert np.isfinite(rows["fid", "value"]["value"])
        assert "disagree" not in rows["fid", "value"]["note"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"logits": None}, "lack the column logits"),
        ({"features": np.full((300, WIDTH), np.nan)}, "not finite"),
        ({"sample": np.arange(1, 301)}, "different samples"),
    ],
)
def test_bad_input_is_named(change, message):
    base = samples_of(8)
    broken = {name: values for name, values in (base | change).items() if values is not None}
    with pytest.raises(UserError, match=message):
        score(broken, base)
