"""Sums that merge: associative, independent of how the rows were cut, exact with large means."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.scores.moments import BLOCK, grouped_moments, merge, moments

seeds = st.integers(0, 2**32 - 1)


def rows_of(seed, n, width):
    return np.random.default_rng(seed).normal(size=(n, width)).astype(np.float32)


@settings(max_examples=30)
@given(seeds, st.integers(3, 60), st.integers(1, 6), st.integers(1, 3))
def test_any_cut_gives_the_statistics_of_all_rows(seed, n, width, pieces):
    rows = rows_of(seed, n, width)
    cuts = np.sort(np.random.default_rng(seed).integers(0, n, pieces))
    parts = [moments(part) for part in np.split(rows, cuts)]
    for total in (merge(parts), merge(parts[::-1])):
        np.testing.assert_allclose(total.mean(), rows.astype(float).mean(axis=0), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(
            total.covariance(), np.cov(rows.astype(float), rowvar=False).reshape(width, width), rtol=1e-9, atol=1e-12
        )


@settings(max_examples=20)
@given(seeds)
def test_merging_is_associative(seed):
    a, b, c = (moments(rows_of(seed + k, 20, 4)) for k in range(3))
    np.testing.assert_allclose(((a + b) + c).covariance(), (a + (b + c)).covariance(), rtol=1e-9)


def test_taking_a_part_away_leaves_the_rest():
    rows, groups = rows_of(0, 200, 5), np.arange(200) % 4
    parts = grouped_moments(rows, groups)
    left = merge(parts) - parts[2]
    np.testing.assert_allclose(left.covariance(), np.cov(rows[groups != 2].astype(float), rowvar=False), rtol=1e-10)


def test_rows_in_order_give_the_same_bits_from_any_shards():
    rows = rows_of(1, 2 * BLOCK + 17, 3)
    stored = np.concatenate([rows[:300], rows[300:]])
    assert np.array_equal(moments(rows).product, moments(stored).product)


def test_a_shift_keeps_the_digits_of_large_means():
    rows = np.random.default_rng(2).normal(size=(500, 3)) + 1e8
    expected = np.cov(rows, rowvar=False)
    shifted = moments(rows, shift=rows[0])
    np.testing.assert_allclose(shifted.covariance(), expected, rtol=1e-9)
    np.testing.assert_allclose(shifted.mean(), rows.mean(axis=0), rtol=1e-12)


def test_moments_with_different_shifts_do_not_merge():
    with pytest.raises(UserError, match="shift"):
        moments(np.ones((2, 2))) + moments(np.ones((2, 2)), shift=np.ones(2))


def test_one_row_has_no_covariance():
    with pytest.raises(UserError, match="at least 2"):
        moments(np.ones((1, 3))).covariance()


def test_groups_keep_half_of_each_product_and_lose_nothing():
    rows, groups = rows_of(3, 90, 7), np.arange(90) % 5
    parts = grouped_moments(rows, groups, shift=np.full(7, 0.5))
    assert len(parts) == 5
    assert parts.sizes.tolist() == [18] * 5
    for union, expected in (
        (parts.all(), moments(rows, np.full(7, 0.5))),
        (parts[3], moments(rows[groups == 3], np.full(7, 0.5))),
    ):
        assert union.n == expected.n
        np.testing.assert_allclose(union.product, expected.product, rtol=1e-12, atol=1e-12)
        assert np.array_equal(union.product, union.product.T)
    np.testing.assert_allclose(parts.union([1, 4]).total, (parts[1] + parts[4]).total)
