"""Fréchet distance: closed forms, invariances, agreement of formulas, extrapolation and the first-order error."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ortho_group
from torch_fidelity.metric_fid import KEY_METRIC_FID, fid_statistics_to_metric

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.scores.frechet import (
    frechet_deletions,
    frechet_deletions_of_rows,
    frechet_distance,
    frechet_distance_of_rows,
    prepare_reference,
)
from semantic_bottleneck.scores.frechet_infinity import frechet_infinity
from semantic_bottleneck.scores.influence import influence_standard_error
from semantic_bottleneck.scores.moments import GroupMoments, grouped_moments, moments
from semantic_bottleneck.scores.torch_fidelity_check import torch_fidelity_frechet
from semantic_bottleneck.uncertainty.jackknife import jackknife

seeds = st.integers(0, 2**32 - 1)


def statistics(rows):
    sums = moments(rows)
    return sums.mean(), sums.covariance()


def distance(rows, other):
    return frechet_distance(*statistics(rows), prepare_reference(*statistics(other)))


def two_sets(seed, n=80, width=5):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, width)) @ rng.normal(size=(width, width)), rng.normal(size=(n + 7, width)) + 0.5


def test_diagonal_gaussians_have_a_closed_form():
    mean, spread = np.array([1.0, -2.0, 0.5]), np.array([4.0, 9.0, 0.25])
    reference = prepare_reference(np.zeros(3), np.eye(3))
    expected = (mean**2).sum() + ((np.sqrt(spread) - 1.0) ** 2).sum()
    assert frechet_distance(mean, np.diag(spread), reference) == pytest.approx(expected, rel=1e-12)


@settings(max_examples=25)
@given(seeds)
def test_never_negative_symmetric_and_zero_on_itself(seed):
    left, right = two_sets(seed)
    assert distance(left, right) >= 0.0
    assert distance(left, right) == pytest.approx(distance(right, left), rel=1e-9)
    assert distance(left, left) == pytest.approx(0.0, abs=1e-9 * np.trace(np.cov(left, rowvar=False)))


@settings(max_examples=25)
@given(seeds)
def test_rotation_shift_and_order_do_not_matter(seed):
    left, right = two_sets(seed)
    turn = ortho_group.rvs(5, random_state=seed)
    expected = distance(left, right)
    assert distance(left @ turn + 3.0, right @ turn + 3.0) == pytest.approx(expected, rel=1e-8)
    shuffled = np.random.default_rng(seed).permutation(left)
    assert distance(shuffled, right) == pytest.approx(expected, rel=1e-9)


@settings(max_examples=25)
@given(seeds)
def test_three_formulas_agree(seed):
    left, right = two_sets(seed)
    expected = distance(left, right)
    assert frechet_distance_of_rows(left, prepare_reference(*statistics(right))) == pytest.approx(expected, rel=1e-9)
    assert torch_fidelity_frechet(*statistics(left), *statistics(right)) == pytest.approx(expected, rel=1e-7)


@settings(max_examples=25)
@given(seeds, st.sampled_from([4, 80]))
def test_the_second_opinion_is_torch_fidelitys_to_the_bit(seed, n):
    sides = [statistics(rows) for rows in two_sets(seed, n)]
    theirs = fid_statistics_to_metric(*({"mu": mean, "sigma": covariance} for mean, covariance in sides), verbose=False)
    assert torch_fidelity_frechet(*sides[0], *sides[1]) == theirs[KEY_METRIC_FID]


def test_singular_reference_takes_its_eigenvalue_root():
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(40, 2)) @ rng.normal(size=(2, 5))
    reference = prepare_reference(*statistics(flat))
    dead = np.diag([1.0, 1.0, 0.0])
    assert prepare_reference(np.zeros(3), dead).singular
    assert frechet_distance_of_rows(flat, reference) == pytest.approx(0.0, abs=1e-6)
    assert frechet_distance(np.zeros(3), 4.0 * dead, prepare_reference(np.zeros(3), dead)) == pytest.approx(2.0)


def test_bad_reference_statistics_are_refused():
    with pytest.raises(UserError, match="belong together"):
        prepare_reference(np.zeros(3), np.eye(2))
    with pytest.raises(UserError, match="not finite"):
        prepare_reference(np.array([0.0, np.nan]), np.eye(2))
    with pytest.raises(UserError, match="symmetric"):
        prepare_reference(np.zeros(2), np.array([[1.0, 0.5], [0.0, 1.0]]))


def test_deletions_are_the_distances_of_what_is_left():
    left, right = two_sets(3, n=60)
    groups, reference = np.arange(60) % 6, prepare_reference(*statistics(right))
    expected = [distance(left[groups != group], right) for group in range(6)]
    sums = frechet_deletions(grouped_moments(left, groups), reference)
    rows = frechet_deletions_of_rows(left, groups, reference)
    np.testing.assert_allclose(sums.without, expected, rtol=1e-9)
    np.testing.assert_allclose(rows.without, expected, rtol=1e-9)
    assert sums.sizes.tolist() == [10] * 6


def test_too_few_rows_to_leave_any_out():
    reference = prepare_reference(np.zeros(2), np.eye(2))
    assert math.isnan(frechet_deletions_of_rows(np.eye(2), np.zeros(2, dtype=int), reference).without[0])
    with pytest.raises(UserError, match="at least 2"):
        frechet_distance_of_rows(np.ones((1, 2)), reference)


def test_influence_and_jackknife_agree_with_many_samples():
    rng = np.random.default_rng(6)
    rows = np.maximum(rng.normal(size=(4000, 6)) + 0.2, 0.0)
    reference = prepare_reference(np.full(6, 0.6), 0.4 * np.eye(6))
    first_order = influence_standard_error(rows, reference, np.zeros(4000, dtype=int))
    estimate = jackknife(frechet_deletions(grouped_moments(rows, np.arange(4000) % 40), reference))
    assert estimate.standard_error == pytest.approx(first_order, rel=0.35)


def test_influence_counts_only_the_spread_within_classes():
    rng = np.random.default_rng(7)
    labels = np.arange(3000) % 10
    rows = rng.normal(size=(3000, 4)) + 3.0 * rng.normal(size=(10, 4))[labels]
    reference = prepare_reference(np.ones(4), np.eye(4))
    balanced = influence_standard_error(rows, reference, labels)
    independent = influence_standard_error(rows, reference, np.zeros(3000, dtype=int))
    estimate = jackknife(frechet_deletions(grouped_moments(rows, (np.arange(3000) // 10) % 20), reference))
    assert balanced < 0.6 * independent
    assert estimate.standard_error == pytest.approx(balanced, rel=0.5)


def test_influence_has_no_value_without_full_rank():
    reference = prepare_reference(np.zeros(3), np.eye(3))
    flat = np.random.default_rng(8).normal(size=(30, 3)) * [1.0, 1.0, 0.0]
    assert math.isnan(influence_standard_error(flat, reference, np.zeros(30, dtype=int)))


def test_extrapolation_takes_the_bias_away():
    """The same distribution on both sides: the distance at n is all bias, its limit is zero."""
    width, n, runs = 10, 600, 12
    reference, raw, limit = prepare_reference(np.zeros(width), np.eye(width)), [], []
    for run in range(runs):
        rows = np.random.default_rng(run).normal(size=(n, width))
        parts = grouped_moments(rows, np.arange(n) % 20)
        distance = frechet_deletions(parts, reference)
        raw.append(distance.value)
        limit.append(frechet_infinity(parts, distance, reference, seed=0))
    assert np.mean(raw) > 0.04
    assert abs(np.mean([deletions.value for deletions in limit])) < 0.1 * np.mean(raw)


def test_error_of_the_extrapolation_is_its_spread():
    width, n, runs = 6, 600, 40
    reference, limit = prepare_reference(np.full(width, 0.5), 1.5 * np.eye(width)), []
    for run in range(runs):
        rows = np.random.default_rng(run).normal(size=(n, width))
        parts = grouped_moments(rows, np.arange(n) % 20)
        limit.append(frechet_infinity(parts, frechet_deletions(parts, reference), reference, seed=0))
    spread = np.std([deletions.value for deletions in limit], ddof=1)
    errors = [jackknife(deletions).standard_error for deletions in limit]
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(spread, rel=0.3)


def test_extrapolation_is_fixed_by_its_seed_and_needs_three_groups():
    rows, reference = np.random.default_rng(9).normal(size=(400, 4)), prepare_reference(np.zeros(4), np.eye(4))
    parts = grouped_moments(rows, np.arange(400) % 20)
    distance = frechet_deletions(parts, reference)
    one, again, other = (frechet_infinity(parts, distance, reference, seed).value for seed in (1, 1, 2))
    assert one == again != other
    two = GroupMoments(parts[group] for group in range(2))
    assert math.isnan(frechet_infinity(two, frechet_deletions(two, reference), reference, 1).value)
