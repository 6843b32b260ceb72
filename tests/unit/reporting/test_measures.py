"""The look-up over tidy rows: one number, the numbers of replicates, their mean, paired differences."""

import math

import pandas as pd
import pytest

from semantic_bottleneck.reporting.core.measures import Measures, mean_estimate
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate
from semantic_bottleneck.uncertainty.origins import Origin

VALUES = {"a": [1.0, 2.0, 6.0], "b": [0.5, 1.0, 4.5]}


@pytest.fixture
def measures():
    rows = [
        {"variant": variant, "seed": seed, "metric": metric, "value": value * (metric == "fid" or -1), "n": 9}
        for variant, values in VALUES.items()
        for seed, value in enumerate(values)
        for metric in ("fid", "kid")
    ]
    frame = pd.DataFrame(rows)
    return Measures(frame.assign(origin=[Origin(f"{row.variant}{row.seed}") for row in frame.itertuples()]))


def test_one_number_is_found_by_its_keys_or_absent(measures):
    found = measures.select(variant="a", seed=2, metric="fid")
    assert (found.value, found.n, found.origins) == (6.0, 9.0, (Origin("a2"),))
    assert math.isnan(found.low)
    assert measures.select(variant="c", seed=2, metric="fid") is ABSENT


ROW = {"value": 1, "low": 0, "high": 2, "n": 5, "method": "how"}


def test_a_row_becomes_an_estimate():
    origin = Origin("scores.parquet")
    assert Measures(pd.DataFrame([ROW])).select() == Estimate(1.0, 0.0, 2.0, 5.0, "how")
    assert Measures(pd.DataFrame([ROW | {"note": "few", "origin": origin}])).select().note == "few"
    noted = Measures(pd.DataFrame([ROW | {"note": None, "origin": origin}])).select()
    assert noted == Estimate(1, 0, 2, 5, "how", "", (origin,))


@pytest.mark.parametrize("key", ["model", "variant", "metric", "quantity"])
def test_a_score_is_found_by_all_of_its_names(key):
    names = {"model": "dit", "variant": "tail", "metric": "fid", "quantity": "value"}
    other = ROW | names | {key: "other", "value": 9}
    assert Measures(pd.DataFrame([other, ROW | names])).select(**names).value == 1.0
    assert Measures(pd.DataFrame([other])).select(**names) is ABSENT


def test_a_list_stands_for_any_of_its_entries_and_none_for_every_value(measures):
    assert len(measures.only(variant=["a", "b"], metric="kid")) == 6
    assert len(measures.only(variant=["a"], seed=None)) == 6
    assert len(measures.only(variant=[])) == 0


def test_replicates_are_averaged_with_students_interval(measures):
    mean = measures.over(variant="a", metric="fid")
    assert (mean.value, mean.n) == (3.0, 3)
    half = 4.302653 * pd.Series(VALUES["a"]).std() / math.sqrt(3)  # on the scale of logarithms, since no FID is negative
    assert (mean.low, mean.high) == pytest.approx((3.0 * math.exp(-half / 3.0), 3.0 * math.exp(half / 3.0)), rel=1e-6)
    assert mean.origins == (Origin("a0"), Origin("a1"), Origin("a2"))
    assert measures.over(variant="c", metric="fid") is ABSENT


def test_differences_are_paired_by_replicate(measures):
    difference = measures.paired({"variant": "a"}, {"variant": "b"}, "seed", metric="fid")
    assert difference.value == pytest.approx(1.0)
    assert difference.high - difference.value == pytest.approx(4.302653 * pd.Series([0.5, 1.0, 1.5]).std() / math.sqrt(3))
    assert [origin.result_file for origin in difference.origins] == ["a0", "a1", "a2", "b0", "b1", "b2"]
    alone = Measures(measures.frame.drop(index=measures.frame.index[measures.frame["seed"] == 0][2:]))
    assert alone.paired({"variant": "a"}, {"variant": "b"}, "seed", metric="fid").n == 2


def test_estimates_of_several_models_are_averaged_and_the_absent_are_left_out(measures):
    found = [measures.select(variant="a", seed=seed, metric="fid") for seed in (0, 1, 7)]
    mean = mean_estimate(found)
    assert (mean.value, mean.n) == (1.5, 2)
    assert mean.origins == (Origin("a0"), Origin("a1"))


def test_trainings_that_happen_to_agree_are_as_uncertain_as_the_least_certain_of_them():
    rounded = mean_estimate(Estimate(0.7, 0.6, 0.8) for _ in range(3))  # the standard deviation of 0.7, 0.7, 0.7 is no zero
    assert (rounded.value, rounded.low, rounded.high) == (pytest.approx(0.7), 0.6, 0.8)
    same = [Estimate(-1.0, -1.0, high) for high in (-0.98, -0.96, -0.99)]
    mean = mean_estimate(same)
    assert (mean.value, mean.low, mean.high, mean.trainings) == (-1.0, -1.0, -0.96, 3)
    wider = mean_estimate([*same, Estimate(-0.9, -1.0, -0.8)])
    assert wider.low < wider.value - 0.05
    without = mean_estimate([Estimate(0.5), Estimate(0.5)])
    assert (without.low, without.high) == (0.5, 0.5)
    assert math.isnan(mean_estimate(same[:1]).low)
