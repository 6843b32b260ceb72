"""Intervals of scores by the rule of their metric: ranges, and shares that no group tells anything of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic_bottleneck.uncertainty.jackknife import jackknife, mean_deletions
from semantic_bottleneck.uncertainty.metric_interval import metric_interval
from semantic_bottleneck.uncertainty.scales import SHARE
from semantic_bottleneck.uncertainty.shares import rarest_told

GROUPS = np.arange(200) % 20


def agreement(wrong):
    hits = np.ones(200, dtype=bool)
    hits[:wrong] = False
    return mean_deletions(hits, GROUPS)


def test_a_share_near_one_has_an_interval_below_one():
    found = metric_interval(agreement(3), "class_agreement", 200)
    plain = jackknife(agreement(3))
    assert found.standard_error == plain.standard_error
    assert found.low < found.value < found.high < 1.0 < plain.high
    assert (found.low, found.high) == (jackknife(agreement(3), SHARE).low, jackknife(agreement(3), SHARE).high)


@pytest.mark.parametrize(("wrong", "ends"), [(0, (1 - rarest_told(200), 1.0)), (200, (0.0, rarest_told(200)))])
def test_where_all_agree_the_interval_is_what_so_many_samples_may_miss(wrong, ends):
    found = metric_interval(agreement(wrong), "class_agreement", 200)
    assert (found.low, found.high) == pytest.approx(ends)
    assert (1 - rarest_told(200)) ** 200 == pytest.approx(0.025)


def test_a_variant_that_loses_every_sample_may_keep_some_others():
    lost = metric_interval(agreement(200) - agreement(0), "class_agreement", 200, "difference")
    assert (lost.low, lost.value, lost.high) == pytest.approx((-1.0, -1.0, rarest_told(200) - 1))
    brought = metric_interval(agreement(0) - agreement(200), "other_class_agreement", 200, "difference")
    assert (brought.low, brought.value, brought.high) == pytest.approx((1 - rarest_told(200), 1.0, 1.0))


@given(st.integers(2, 12), st.integers(1, 30), st.integers(0, 30), st.lists(st.booleans(), min_size=360, max_size=360))
def test_no_interval_of_agreement_is_empty_whatever_the_groups(count, size, lost, hits):
    """One variant loses as many samples of each group as another, whose groups differ."""
    groups = np.arange(count * size) % count
    baseline = np.array(hits[: count * size])
    change = np.where(np.arange(count * size) // count < lost, -1.0, 0.0)
    pair = mean_deletions(baseline + change, groups) - mean_deletions(baseline, groups)
    found = metric_interval(pair, "class_agreement", count * size, "difference")
    assert found.standard_error == 0.0
    assert found.low < found.high
    assert -1.0 <= found.low <= found.value <= found.high <= 1.0


def test_groups_that_happen_to_agree_tell_no_certainty():
    """One sample of ten lost in each group."""
    found = metric_interval(mean_deletions(np.arange(200) >= 20, GROUPS), "class_agreement", 200)
    assert (found.low, found.value, found.high) == pytest.approx((0.9 - rarest_told(200), 0.9, 0.9 + rarest_told(200)))


def test_variants_that_agree_in_every_sample_may_differ_in_some_others():
    found = metric_interval(agreement(3) - agreement(3), "class_agreement", 200, "difference")
    assert (found.low, found.value, found.high) == pytest.approx((-rarest_told(200), 0.0, rarest_told(200)))
    plain = metric_interval(agreement(3) - agreement(3), "fid", 200, "difference")
    assert (plain.low, plain.high) == (0.0, 0.0)
