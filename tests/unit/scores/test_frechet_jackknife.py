"""Deletions of the Fréchet distance by determinants and by expansion, against one distance for each."""

import math

import numpy as np
import pytest

from semantic_bottleneck.scores import frechet_jackknife as module
from semantic_bottleneck.scores.frechet import frechet_deletions, prepare_reference
from semantic_bottleneck.scores.frechet_determinant import nodes
from semantic_bottleneck.scores.frechet_jackknife import frechet_jackknife
from semantic_bottleneck.scores.influence import influence_standard_error
from semantic_bottleneck.scores.moments import grouped_moments, moments
from semantic_bottleneck.uncertainty.jackknife import jackknife

WIDTH, GROUPS = 40, 20


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    """Forty features count as many."""
    monkeypatch.setattr(module, "NARROW", 0)


def features(seed, n, change=1.0):
    """ReLU features whose covariance spans several orders of magnitude."""
    mixing = np.random.default_rng(0).normal(size=(WIDTH, WIDTH)) / np.arange(1, WIDTH + 1)
    rows = np.random.default_rng(seed).normal(size=(n, WIDTH)) @ mixing.T
    return np.maximum(change * rows + 0.2, 0.0).astype(np.float32)


def reference_of(rows):
    sums = moments(rows)
    return prepare_reference(sums.mean(), sums.covariance())


REFERENCE = reference_of(features(1, 4000, 1.1))


def both(rows, reference=REFERENCE, members=GROUPS):
    groups, labels = np.arange(len(rows)) % members, np.zeros(len(rows), dtype=int)
    exact = frechet_deletions(grouped_moments(rows, groups, reference.mean), reference)
    return exact, frechet_jackknife(rows, labels, groups, moments(rows, reference.mean), reference)


@pytest.mark.parametrize("n", [100, 203, 400])
def test_determinants_are_exact(n):
    exact, found = both(features(2, n))
    assert "determinants" in found.method
    assert found.deletions.value == pytest.approx(exact.value, rel=1e-9)
    np.testing.assert_allclose(found.deletions.without, exact.without, rtol=1e-7)
    assert jackknife(found.deletions).standard_error == pytest.approx(jackknife(exact).standard_error, rel=1e-5)


@pytest.mark.parametrize("n", [900, 2000, 4001])
def test_the_expansion_gives_the_standard_error_to_a_thousandth(n):
    exact, found = both(features(3, n))
    assert "expansion" in found.method
    assert found.deletions.value == pytest.approx(exact.value, rel=1e-9)
    assert jackknife(found.deletions).standard_error == pytest.approx(jackknife(exact).standard_error, rel=1e-3)
    assert jackknife(found.deletions).bias == pytest.approx(jackknife(exact).bias, rel=0.01)


@pytest.mark.parametrize("n", [300, 2000])
def test_paired_differences_are_as_exact(n):
    rows, changed = features(4, n), features(4, n, 1.005)
    (exact, found), (other_exact, other) = both(rows), both(changed)
    expected, close = jackknife(other_exact - exact), jackknife(other.deletions - found.deletions)
    assert close.value == pytest.approx(expected.value, rel=1e-8)
    assert close.standard_error == pytest.approx(expected.standard_error, rel=1e-3)


def test_an_expansion_that_is_not_exact_enough_is_given_up(monkeypatch, caplog):
    monkeypatch.setattr(module, "ROWS_PER_DIMENSION_OF_DETERMINANTS", 0.0)
    exact, found = both(features(5, 120))
    assert found.method == module.EIGENVALUES
    assert "not exact enough" in caplog.text
    np.testing.assert_allclose(found.deletions.without, exact.without, rtol=1e-9)


def test_the_error_of_the_checked_groups_is_taken_off(monkeypatch):
    rows = features(6, 2000)
    exact, found = both(rows)
    errors = found.deletions.without - exact.without
    assert errors[0] == pytest.approx(0.0, abs=1e-12)
    assert np.abs(errors).max() < 1e-3 * exact.without.std()


@pytest.mark.parametrize("n", [200, 2000])
def test_first_order_error_comes_from_the_same_pass(n):
    rows = features(7, n)
    labels = np.arange(n) % 4
    found = frechet_jackknife(rows, labels, np.arange(n) % GROUPS, moments(rows, REFERENCE.mean), REFERENCE)
    assert found.first_order == pytest.approx(influence_standard_error(rows, REFERENCE, labels), rel=1e-4)


@pytest.mark.parametrize("n", [200, 2000])
def test_dead_features_do_not_matter(n):
    """A feature that is always zero, on one side or on both, leaves singular products behind."""
    rows, real = features(8, n), features(1, 4000, 1.1)
    dead, partly = rows.copy(), real.copy()
    dead[:, 5], dead[:, 7], partly[:, 7] = 0.0, 0.0, 0.0
    exact, found = both(dead, reference_of(partly))
    assert math.isnan(found.first_order)
    assert found.deletions.value == pytest.approx(exact.value, rel=1e-6)
    assert jackknife(found.deletions).standard_error == pytest.approx(jackknife(exact).standard_error, rel=2e-3)


def test_a_collapsed_variant_has_no_spread():
    collapsed = np.tile(features(9, 1), (400, 1))
    exact, found = both(collapsed)
    np.testing.assert_allclose(found.deletions.without, exact.without, rtol=1e-6)


def test_fewer_samples_than_features_take_singular_values():
    found = both(features(10, 41))[1]
    assert found.method == module.SINGULAR_VALUES


@pytest.mark.parametrize("highest", [1.0, 1e3, 1e7])
def test_quadrature_of_the_logarithm(highest):
    """(1/π) ∫ log((x + t²) / (y + t²)) dt = √x - √y for roots between the ends."""
    places, weights = nodes(1.0, highest)
    for larger, smaller in ((highest, 1.0), (highest, 0.9 * highest), (1.1, 1.0)):
        terms = np.log1p((larger**2 - smaller**2) / (smaller**2 + places**2))
        assert weights @ terms / math.pi == pytest.approx(larger - smaller, rel=1e-7)
