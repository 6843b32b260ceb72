"""Numbers with their intervals, and means over training seeds."""

import math

import numpy as np
import pytest
from scipy.stats import t as student

from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate, over_seeds
from semantic_bottleneck.uncertainty.origins import Origin
from semantic_bottleneck.uncertainty.scales import SHARE

NAN = math.nan


def test_a_number_of_one_training_is_the_mean_of_none():
    assert Estimate(1.0).trainings == ABSENT.trainings == 0


def test_ends_are_the_interval_or_twice_the_value():
    assert Estimate(1.0, 0.5, 2.0).ends() == (0.5, 2.0)
    assert Estimate(1.0, NAN, 2.0).ends() == Estimate(1.0, 0.5, NAN).ends() == Estimate(1.0).ends() == (1.0, 1.0)


def test_a_negative_factor_swaps_the_ends():
    estimate = Estimate(1.0, 0.5, 2.0, 7, "how", "note")
    assert estimate.scaled(100.0) == Estimate(100.0, 50.0, 200.0, 7, "how", "note")
    assert estimate.scaled(-2.0) == Estimate(-2.0, -4.0, -1.0, 7, "how", "note")
    alone = Estimate(3.0).scaled(2.0)
    assert alone.value == 6.0
    assert math.isnan(alone.low)
    assert math.isnan(alone.high)


def test_the_mean_over_seeds_has_students_interval():
    values = [1.0, 4.0, 7.0]
    found = over_seeds([*values, NAN], [Origin("a"), Origin("b"), Origin("a")])
    half = student.ppf(0.975, 2) * np.std(values, ddof=1) / math.sqrt(3)
    assert (found.value, found.n) == (4.0, 3)
    assert (found.low, found.high) == pytest.approx((4.0 - half, 4.0 + half))
    assert found.method == "mean over 3 training seeds, Student t"
    assert found.origins == (Origin("a"), Origin("b"))


def test_overlapping_folds_widen_the_interval_and_a_scale_bends_it():
    values = [0.90, 0.93, 0.97]
    error = np.std(values, ddof=1) * math.sqrt(1 / 3 + 1 / 4)
    found = over_seeds(values, overlap=1 / 4)
    assert (found.high - found.low) / 2 == pytest.approx(student.ppf(0.975, 2) * error)
    assert "+0.25 s²" in found.method
    bent = over_seeds(values, scale=SHARE, overlap=1 / 4)
    assert 0 < bent.low < found.value < bent.high < 1 < found.high
    assert bent.value == found.value
    assert (found.trainings, over_seeds([0.9]).trainings) == (3, 1)


def test_two_seeds_have_an_interval_and_one_has_none():
    assert over_seeds([1.0, 2.0]).low == pytest.approx(1.5 - student.ppf(0.975, 1) * 0.5)
    alone = over_seeds([5.0])
    assert (alone.value, alone.n) == (5.0, 1)
    assert math.isnan(alone.low)
    assert over_seeds([NAN]) is ABSENT
