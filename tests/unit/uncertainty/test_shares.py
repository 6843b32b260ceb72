"""Intervals of accuracies against the equations that define them."""

import numpy as np
import pytest
from scipy.stats import norm

from semantic_bottleneck.uncertainty.shares import NORMAL, paired_interval, share_interval


def test_the_quantile_is_that_of_the_normal_distribution():
    assert pytest.approx(norm.ppf(0.975), rel=1e-15) == NORMAL


@pytest.mark.parametrize(("correct", "n"), [(1, 4), (3, 4), (7, 9), (90, 100)])
def test_at_the_ends_of_wilsons_interval_the_share_is_just_as_far_away_as_the_quantile(correct, n):
    low, high = share_interval(correct, n)
    assert low < correct / n < high
    for end in (low, high):
        assert abs(correct / n - end) / np.sqrt(end * (1 - end) / n) == pytest.approx(NORMAL, rel=1e-9)


def test_wilsons_interval_ends_at_zero_and_one():
    # Rounding alone goes beyond, and stops short.
    assert all(0 <= share_interval(0, n)[0] < 1e-15 for n in range(1, 200))
    assert all(1 - 1e-15 < share_interval(n, n)[1] <= 1 for n in range(1, 200))
    assert share_interval(0, 10)[1] == pytest.approx(NORMAL**2 / (10 + NORMAL**2))


def test_a_paired_difference_is_a_mean_with_its_standard_error():
    one, other = np.array([True, True, True, False, False]), np.array([True, False, False, False, True])
    # Differences 0, 1, 1, 0, -1: mean 1/5, squared deviations 1/25 + 16/25 + 16/25 + 1/25 + 36/25 = 14/5 over four.
    half = NORMAL * np.sqrt(14 / 5 / 4) / np.sqrt(5)
    assert paired_interval(one, other) == pytest.approx((0.2, 0.2 - half, 0.2 + half))
    assert paired_interval(other, one) == pytest.approx((-0.2, -0.2 - half, -0.2 + half))


def test_a_paired_difference_of_the_same_answers_is_nought_without_doubt():
    answers = np.array([True, False, True])
    assert paired_interval(answers, answers) == (0.0, 0.0, 0.0)
