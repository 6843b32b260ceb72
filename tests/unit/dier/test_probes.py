"""Probes, intervals, criteria and pruning on vectors whose answer is known."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from semantic_bottleneck.dier.accuracies import measure_inputs
from semantic_bottleneck.dier.measures import (
    measure_backbone,
    measure_embeddings,
    measure_encoder,
    measure_footprint,
    measure_pruning,
)
from semantic_bottleneck.dier.probes import LinearProbe, linear_probe, nearest_neighbours, probe_answers
from semantic_bottleneck.dier.rows import MeasureRows
from semantic_bottleneck.dier.run import untrained
from semantic_bottleneck.dier.split import Split
from semantic_bottleneck.geometry.timestep_choice import given_up, spectral_participation_ratio
from semantic_bottleneck.uncertainty.shares import paired_interval, share_interval
from tests.unit.dier.conftest import CLASSES, new_run


def clusters(count, spread, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    centres = np.array([[4.0, 0, 0, 7], [0, 4.0, 0, 7], [0, 0, 4.0, 7]])
    return (centres[labels] + spread * rng.normal(size=(count, 4))).astype(np.float32), labels


def test_separate_clusters_are_told_apart_and_noise_is_not():
    for probe in (linear_probe, nearest_neighbours):
        assert probe(*clusters(300, 0.3), *clusters(90, 0.3, 1)).all()
        noise = np.random.default_rng(2).normal(size=(400, 4))
        assert probe(noise[:300], np.arange(300) % 3, noise[300:], np.arange(100) % 3).mean() < 0.5


def test_the_linear_probe_is_sklearns_on_standardised_features_and_ignores_scale():
    (known, labels), (asked, truth) = clusters(150, 2.0), clusters(60, 2.0, 1)
    mean, scale = known.mean(0), known.std(0)
    expected = LogisticRegression(C=1.0).fit((known - mean) / scale, labels).predict((asked - mean) / scale) == truth
    assert np.array_equal(linear_probe(known, labels, asked, truth), expected)
    assert np.array_equal(linear_probe(1e4 * known + 3, labels, 1e4 * asked + 3, truth), expected)


def test_constant_and_broken_features():
    known, labels = clusters(60, 0.3)
    known[:, 3] = 7
    assert LinearProbe.fit(known, labels).correct(known, labels).all()
    assert not linear_probe(np.full_like(known, np.nan), labels, known, labels).any()


def test_log_likelihoods_are_those_of_the_own_label():
    (known, labels), (asked, truth) = clusters(150, 2.0), clusters(60, 2.0, 1)
    answers = probe_answers(known, labels, asked, truth)
    probe = LinearProbe.fit(known, labels)
    shares = probe.model.predict_proba((asked.astype(np.float64) - probe.mean) / probe.scale)
    np.testing.assert_allclose(np.exp(answers.log_likelihood), shares[np.arange(60), truth])
    assert np.array_equal(answers.correct, shares.argmax(axis=1) == truth)
    assert (probe.log_likelihood(asked[:2], np.array([0, 7])) == -np.inf).tolist() == [False, True]
    assert np.isnan(probe_answers(np.full_like(known, np.inf), labels, asked, truth).log_likelihood).all()


def test_intervals():
    low, high = share_interval(90, 100)
    assert (low, high) == pytest.approx((0.8256, 0.9448), abs=1e-4)
    assert share_interval(0, 10)[0] == 0.0
    assert share_interval(10, 10)[1] == pytest.approx(1.0, abs=1e-12)
    assert all(share_interval(0, n)[0] >= 0 and share_interval(n, n)[1] <= 1 for n in range(1, 200))  # rounding goes beyond
    one, other = np.array([True] * 60 + [False] * 40), np.array([True] * 50 + [False] * 50)
    value, low, high = paired_interval(one, other)
    assert value == pytest.approx(0.1)
    # Ten differences of 1 among a hundred: variance .1 x .9 x 100/99, and the mean's standard error its root over root n.
    half = 1.959964 * (0.09 * 100 / 99 / 100) ** 0.5
    assert (low, high) == (pytest.approx(0.1 - half, rel=1e-6), pytest.approx(0.1 + half, rel=1e-6))
    assert paired_interval(one, one) == (0.0, 0.0, 0.0)


def test_a_paired_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(7)
    covered = 0
    for _ in range(1000):
        both = rng.random((2, 400)) < np.array([[0.7], [0.6]])
        _, low, high = paired_interval(*both)
        covered += low <= 0.1 <= high
    assert 930 <= covered <= 968


def test_spectral_participation_ratio_counts_directions():
    rng = np.random.default_rng(0)
    assert spectral_participation_ratio(rng.normal(size=(20_000, 8))) == pytest.approx(8, rel=0.02)
    line = rng.normal(size=(100, 1)) * np.ones((1, 8))
    assert spectral_participation_ratio(line) == pytest.approx(1)
    assert spectral_participation_ratio(np.ones((5, 8))) == 0.0


def test_a_choice_is_scored_by_what_it_gives_up():
    accuracy = {0: 0.5, 500: 0.9, 999: 0.7}
    assert given_up(accuracy, {0: 1.0, 500: 2.0, 999: 2.0}) == (500, 0.0)
    assert given_up(accuracy, {0: 3.0, 500: 2.0, 999: 2.0}) == (0, pytest.approx(0.4))


@pytest.fixture(scope="module")
def split(data):
    return Split(data.images[:160], data.labels[:160], data.images[160:], data.labels[160:])


def test_measures_of_a_trained_encoder(trained, data, split):
    fresh = untrained(trained.settings, data.shape, CLASSES, trained.seed)
    rows, vectors = measure_embeddings(trained.average, fresh, split, [0, 300, 999], 0)
    measure_pruning(rows, trained.average, split, 300, [0.25, 1.0], 0)
    table = {
        (row["quantity"], row["timestep"], row["detail"], row["share"] if row["share"] == 1 else 0): row for row in rows.rows
    }
    for t in (0, 300, 999):
        own, before = table["lpa", t, "", 0], table["lpa_untrained", t, "", 0]
        assert own["low"] <= own["value"] <= own["high"] + 1e-12
        assert table["gain_untrained", t, "", 0]["value"] == pytest.approx(own["value"] - before["value"])
        assert own["n"] == 80
        assert vectors[t].shape == (80, 4)
    assert table["loss_gap", 300, "", 0]["value"] > 0
    assert table["gain_first", 0, "", 0]["value"] == 0
    for site in ("v", "wv"):  # nothing pruned: the numbers of the whole vector
        assert table["pruned_loss", 300, f"{site}/head/c/zero", 1]["value"] == table["loss", 300, "", 0]["value"]
    assert table["pruned_lpa", 300, "v/tail/silu/zero", 1]["value"] == table["lpa", 300, "", 0]["value"]
    kinds = {row["detail"] for row in rows.rows if row["quantity"] == "cosine_similarity"}
    assert kinds == {"v", "silu_v", "wv", "silu_wv", "c", "silu_c"}


@pytest.mark.parametrize("entry", [0.0, float("nan")])
def test_a_collapsed_encoder_is_measured_too(trained, data, split, entry, monkeypatch):
    """As at a learning rate of 3e-2: accuracy is at chance, angles and shares do not exist, and nothing stops."""
    monkeypatch.setattr(type(trained.average), "embed", lambda self, images, t: torch.full((len(images), 4), entry))
    rows, _ = measure_embeddings(trained.average, trained.average, split, [100, 500], 0)
    of_v = [row for row in rows.rows if row["quantity"] == "normalized_participation_ratio_percent" and row["detail"] == "v"]
    assert all(np.isnan(row["value"]) and "undefined" in row["method"] for row in of_v)
    assert len(of_v) == 2
    assert max(row["value"] for row in rows.rows if row["quantity"] == "lpa") < 0.6


def test_measures_of_the_baselines(data, split):
    inputs = measure_inputs(split, [2, 4, 1000]).rows
    assert {row["detail"] for row in inputs} == {"pixels", "pca-2", "pca-4"}
    assert next(row["value"] for row in inputs if row["detail"] == "pixels") == 1.0
    grid = measure_backbone(new_run(data, kind="backbone").average, split, [0, 100], 0).rows
    assert {(row["timestep"], row["detail"]) for row in grid} == {(t, f"block {b}") for t in (0, 100) for b in (1, 2)}
    for kind in ("supervised", "denoising-autoencoder", "masked-autoencoder", "vicreg"):
        assert {row["quantity"] for row in measure_encoder(new_run(data, kind=kind).average, split).rows} == {"lpa", "knn"}


def test_the_cost_of_a_training_is_that_of_all_its_updates(data, split):
    costs = []
    for steps in (3, 6):
        rows = MeasureRows()
        measure_footprint(rows, new_run(data).average, split, 16, steps)
        costs.append({row["quantity"]: row["value"] for row in rows.rows})
    assert costs[1]["training_teraflops"] == 2 * costs[0]["training_teraflops"] > 0
    assert all(costs[0][name] == costs[1][name] for name in ("parameters", "training_megabytes", "encoder_megabytes"))
    assert costs[0]["encoder_parameters"] < costs[0]["parameters"]


def test_labels_lift_the_ceiling(data, split):
    run = new_run(data, kind="supervised", steps=150)
    before = measure_encoder(run.average, split).rows[0]["value"]
    while run.step < 150:
        run.update()
    assert measure_encoder(run.average, split).rows[0]["value"] >= max(before, 0.95)
