"""Respaced noise schedules."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.sampling.schedules import RespacedSchedule, kept_steps, linear_betas


@given(st.integers(2, 1000))
@settings(max_examples=60, deadline=None)
def test_a_count_keeps_both_ends(count):
    kept = kept_steps(count)
    assert len(set(kept)) == count
    assert kept == sorted(kept)
    assert (kept[0], kept[-1]) == (0, 999)


def test_all_steps_are_the_original_chain():
    schedule = RespacedSchedule.linear(1000)
    assert np.allclose(schedule.betas, linear_betas(), rtol=1e-9)


@given(st.integers(2, 400))
@settings(max_examples=40, deadline=None)
def test_the_posterior_is_a_proper_mixture(count):
    schedule = RespacedSchedule.linear(count)
    assert (np.diff(schedule.alphas_cumprod) < 0).all()
    assert (schedule.posterior_variance[1:] > 0).all()
    assert (schedule.posterior_variance <= schedule.betas).all()
    # A clean x_0 at the kept level gives that level's mean: coef1 + coef2 sqrt(abar) = sqrt(abar_prev).
    mean = schedule.posterior_mean_coef1 + schedule.posterior_mean_coef2 * np.sqrt(schedule.alphas_cumprod)
    assert np.allclose(mean, np.sqrt(schedule.alphas_cumprod_prev), atol=1e-12)


def test_repeated_addition_rounds_as_the_official_code():
    kept = kept_steps(21)
    assert 499 in kept
    assert 500 not in kept
    assert kept_steps(250)[:4] == [0, 4, 8, 12]
    assert kept_steps(250)[-2:] == [995, 999]


def test_sections_and_integer_strides():
    assert kept_steps("3,2", total=11) == [0, 2, 5, 6, 10]
    assert kept_steps("ddim25")[-1] == 960
    assert kept_steps("ddim1000") == kept_steps(1000) == list(range(1000))
    assert kept_steps(1) == [0]


@pytest.mark.parametrize("respacing", ["", "ten", "ddim5,5", "-3", "0", "1001", "ddim999"])
def test_a_wrong_respacing_is_named(respacing):
    with pytest.raises(UserError, match=r"sampler\.steps"):
        kept_steps(respacing)
