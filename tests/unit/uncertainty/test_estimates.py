"""Numbers with their intervals, and means over training seeds."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate, estimate_from, find_score, over_seeds
from semantic_bottleneck.uncertainty.origins import Origin

NAN = math.nan


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


ROW = {"value": 1, "low": 0, "high": 2, "n": 5, "method": "how"}


def test_a_row_becomes_an_estimate():
    assert estimate_from(pd.Series(ROW)) == Estimate(1.0, 0.0, 2.0, 5.0, "how")
    origin = Origin("scores.parquet")
    assert estimate_from(pd.Series(ROW | {"note": "few", "origin": origin})).note == "few"
    assert estimate_from(pd.Series(ROW | {"note": None, "origin": origin})) == Estimate(1, 0, 2, 5, "how", "", (origin,))


@pytest.mark.parametrize("key", ["model", "variant", "metric", "quantity"])
def test_a_score_is_found_by_all_of_its_names(key):
    names = {"model": "dit", "variant": "tail", "metric": "fid", "quantity": "value"}
    other = ROW | names | {key: "other", "value": 9}
    scores = pd.DataFrame([other, ROW | names])
    assert find_score(scores, "dit", "tail", "fid").value == 1.0
    assert find_score(pd.DataFrame([other]), "dit", "tail", "fid") is ABSENT


def test_the_mean_over_seeds_has_students_interval():
    values = [1.0, 4.0, 7.0]
    found = over_seeds([*values, NAN], [Origin("a"), Origin("b"), Origin("a")])
    half = student.ppf(0.975, 2) * np.std(values, ddof=1) / math.sqrt(3)
    assert (found.value, found.n) == (4.0, 3)
    assert (found.low, found.high) == pytest.approx((4.0 - half, 4.0 + half))
    assert found.method == "mean over 3 training seeds, Student t"
    assert found.origins == (Origin("a"), Origin("b"))


def test_two_seeds_have_an_interval_and_one_has_none():
    assert over_seeds([1.0, 2.0]).low == pytest.approx(1.5 - student.ppf(0.975, 1) * 0.5)
    alone = over_seeds([5.0])
    assert (alone.value, alone.n) == (5.0, 1)
    assert math.isnan(alone.low)
    assert over_seeds([NAN]) is ABSENT
