"""Intervals that cannot leave the range of their quantity, and the p-values that go with them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from semantic_bottleneck.uncertainty.scales import COSINE, LINE, PERCENT, POSITIVE, SHARE, Scale, scale_of
from semantic_bottleneck.uncertainty.student import p_value, student_interval, student_quantile

RANGES = {"share": SHARE, "percent": PERCENT, "cosine": COSINE, "positive": POSITIVE, "line": LINE, "from one": Scale(1.0)}


def test_the_formulas_of_each_scale():
    assert SHARE.of(0.8) == pytest.approx(math.log(4.0))
    assert COSINE.of(0.6) == pytest.approx(2.0 * math.atanh(0.6))
    assert Scale(1.0).of(4.0) == pytest.approx(math.log(3.0))
    assert LINE.of(-3.0) == -3.0
    assert POSITIVE.back(800.0) == math.inf


@pytest.mark.parametrize("name", RANGES)
@pytest.mark.parametrize("share", [0.01, 0.3, 0.999])
def test_scales_are_inverted_and_their_slopes_are_derivatives(name, share):
    scale = RANGES[name]
    low = scale.low if math.isfinite(scale.low) else -2.0
    value = low + share * ((scale.high if math.isfinite(scale.high) else low + 3.0) - low)
    step = 1e-6 * max(1e-3, min(abs(value - scale.low), abs(scale.high - value), 1.0))
    assert scale.back(scale.of(value)) == pytest.approx(value)
    assert scale.slope(value) == pytest.approx((scale.of(value + step) - scale.of(value - step)) / (2 * step), rel=1e-3)


@given(value=st.floats(0.0, 1.0), error=st.floats(0.0, 5.0), freedom=st.floats(1.0, 40.0))
def test_no_interval_of_a_share_leaves_its_range(value, error, freedom):
    low, high = student_interval(value, error, freedom, SHARE)
    assert 0.0 <= low <= value <= high <= 1.0


@given(
    value=st.floats(-1.0, 1.0),
    error=st.floats(1e-6, 2.0),
    freedom=st.floats(1.0, 40.0),
    scale=st.sampled_from([COSINE, LINE, Scale(-1.5, 4.0)]),
)
def test_the_interval_of_a_difference_holds_zero_where_its_p_value_is_large(value, error, freedom, scale):
    low, high = student_interval(value, error, freedom, scale)
    p = p_value(value, error, freedom, scale)
    if abs(p - 0.05) > 1e-6:
        assert (low <= 0.0 <= high) == (p > 0.05)


def test_without_a_range_it_is_students_interval():
    half = student.ppf(0.975, 7) * 0.3
    assert student_interval(2.0, 0.3, 7) == pytest.approx((2.0 - half, 2.0 + half))
    assert p_value(2.0, 0.3, 7) == pytest.approx(2 * student.sf(2.0 / 0.3, 7))
    assert student_quantile(8) * 0.3 == pytest.approx(half)


def test_on_a_scale_the_error_is_carried_over_to_first_order():
    half = student.ppf(0.975, 2) * 0.0115 / (1 - 0.975**2)
    expected = math.tanh(math.atanh(0.975) - half), math.tanh(math.atanh(0.975) + half)
    assert student_interval(0.975, 0.0115, 2, COSINE) == pytest.approx(expected)
    assert expected[1] < 1.0 < 0.975 + student.ppf(0.975, 2) * 0.0115  # what the line would say


def test_at_the_end_of_a_range_the_interval_is_cut_off_there():
    half = student.ppf(0.975, 9) * 0.1
    assert student_interval(1.0, 0.1, 9, SHARE) == pytest.approx((1.0 - half, 1.0))
    assert student_interval(0.0, 0.1, 9, SHARE) == pytest.approx((0.0, half))
    assert student_interval(1.0, 3.0, 9, SHARE) == (0.0, 1.0)


def test_what_has_no_error_has_no_interval_and_what_never_varies_no_doubt():
    assert all(map(math.isnan, student_interval(0.5, math.nan, 9, SHARE)))
    assert math.isnan(p_value(0.5, math.nan, 9))
    assert math.isnan(p_value(0.5, 0.1, 9, POSITIVE))
    assert (p_value(0.0, 0.0, 9), p_value(0.2, 0.0, 9)) == (1.0, 0.0)
    assert p_value(1.0, 0.1, 9, COSINE) == pytest.approx(p_value(1.0, 0.1, 9))


@pytest.mark.parametrize("scale", [SHARE, POSITIVE, LINE])
def test_without_error_the_interval_is_the_number_itself_to_the_last_bit(scale):
    values = [place / 97 for place in range(1, 97)]
    assert [student_interval(value, 0.0, 9, scale) for value in values] == [(value, value) for value in values]


def test_differences_are_bounded_where_the_values_are():
    assert scale_of("class_agreement") == SHARE
    assert scale_of("class_agreement", "difference") == COSINE
    assert scale_of("normalized_participation_ratio_percent", "difference") == Scale(-100.0, 100.0)
    assert scale_of("cosine_similarity", "difference") == Scale(-2.0, 2.0)
    assert scale_of("fid") == POSITIVE
    assert scale_of("fid", "difference") == scale_of("kid") == LINE


@pytest.mark.parametrize(
    ("metric", "low", "high"),
    [
        ("class_agreement", 0.0, 1.0),
        ("cosine_similarity", -1.0, 1.0),
        ("normalized_participation_ratio_percent", 0.0, 100.0),
        ("clip_score", -100.0, 100.0),
        ("gain_first", -1.0, 1.0),
        ("fid", 0.0, math.inf),
        ("inception_score", 1.0, math.inf),
        ("kid", -math.inf, math.inf),
    ],
)
def test_ranges_of_metrics(metric, low, high):
    scale = scale_of(metric)
    assert (scale.low, scale.high) == (low, high)
    assert [scale.inside(value) for value in (low, high)] == [False, False]
    assert scale.inside(max(low, -1e9) + 1e-9)
    assert scale.inside(min(high, 1e9) - 1e-9)
