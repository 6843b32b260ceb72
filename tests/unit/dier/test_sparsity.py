"""Lit pixels, rank correlation and its interval, and the rows made of them."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from semantic_bottleneck.dier.rows import MeasureRows
from semantic_bottleneck.dier.sparsity import correlation_interval, lit_shares, measure_sparsity, rank_correlation


def rows_of(measures, quantity):
    return [row for row in measures.rows if row["quantity"] == quantity]


def test_a_pixel_is_lit_above_half_in_any_channel():
    images = np.full((2, 3, 2, 2), -1.0)
    images[0, 0, 0, 0], images[0, 2, 1, 1], images[0, 1, 0, 1] = 0.1, 1.0, -0.1
    assert lit_shares(images).tolist() == [0.5, 0.0]


def test_the_correlation_is_spearmans():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 5, 80), rng.normal(size=80)
    assert rank_correlation(first, second) == pytest.approx(spearmanr(first, second).statistic)
    assert np.isnan(rank_correlation(np.ones(9), np.arange(9)))


def test_within_classes_a_difference_between_classes_says_nothing():
    classes = np.repeat([0, 1], 50)
    noise = np.random.default_rng(1).normal(size=(2, 100))
    first, second = noise + 20 * classes
    assert rank_correlation(first, second) > 0.7
    assert abs(rank_correlation(first, second, classes)) < 0.2
    assert rank_correlation(first, first + 100 * (1 - classes), classes) == pytest.approx(1)


@pytest.mark.parametrize("rho", [0.0, 0.4])
def test_the_interval_covers_as_often_as_it_says(rho):
    rng, n = np.random.default_rng(2), 200
    true = 6 / np.pi * np.arcsin(rho / 2)  # Spearman's of a normal pair
    hits = 0
    for _ in range(400):
        x = rng.normal(size=(2, n))
        low, high = correlation_interval(rank_correlation(x[0], rho * x[0] + np.sqrt(1 - rho**2) * x[1]), n)
        hits += low < true < high
    assert 0.92 < hits / 400 < 0.98


def test_each_image_has_its_best_timestep():
    images = np.full((40, 1, 2, 2), -1.0)
    for index in range(40):
        images[index].flat[: index // 10] = 1.0  # 0, 1, 2 or 3 of 4 pixels lit
    labels = np.tile([0, 1], 20)
    likelihoods = {t: np.where(lit_shares(images) >= 0.5, -t / 1000.0, t / 1000.0 - 1.0) for t in (0, 500, 999)}
    measures = MeasureRows()
    measure_sparsity(measures, likelihoods, images, labels)
    assert rows_of(measures, "lit_share")[0]["value"] == pytest.approx(0.375)
    (overall, within) = rows_of(measures, "sparsity_correlation")
    assert overall["value"] == within["value"] == pytest.approx(spearmanr([999] * 20 + [0] * 20, lit_shares(images)).statistic)
    assert overall["low"] < overall["value"] < overall["high"] < 0
    tenths = rows_of(measures, "best_timestep")
    assert [row["value"] for row in tenths] == [999.0] * 5 + [0.0] * 5
    assert [row["share"] for row in tenths][::9] == [0.0, 0.75]
    assert sum(row["n"] for row in tenths) == 40


def test_a_collapsed_run_has_no_best_timestep():
    measures = MeasureRows()
    measure_sparsity(measures, {0: np.full(9, np.nan), 500: np.zeros(9)}, np.zeros((9, 1, 2, 2)), np.zeros(9))
    assert [row["quantity"] for row in measures.rows] == ["lit_share"]
