"""Closed forms and invariances of the geometry of conditional vectors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.geometry import measures as geometry
from semantic_bottleneck.geometry.rows import describe

ENTRIES = st.floats(-1e3, 1e3, allow_nan=False).map(lambda value: round(value, 3))


def nonzero_rows(n, d):
    return arrays(np.float64, (n, d), elements=ENTRIES).filter(lambda a: (np.abs(a).max(axis=1) > 0).all())


def test_participation_ratio_of_one_hot_is_one_and_of_a_constant_is_d():
    assert geometry.participation_ratio(np.eye(7)[3]) == pytest.approx(1.0)
    assert geometry.participation_ratio(np.full(7, -2.5)) == pytest.approx(7.0)


def test_participation_ratio_of_gaussian_vectors_is_two_over_pi():
    vectors = np.random.default_rng(0).standard_normal((50, 4096))
    assert geometry.participation_ratio(vectors).mean() / 4096 == pytest.approx(2 / np.pi, abs=0.003)


@given(nonzero_rows(3, 6), st.floats(1e-3, 1e3), st.permutations(range(6)))
def test_participation_ratio_is_invariant_and_bounded(vectors, scale, order):
    ratio = geometry.participation_ratio(vectors)
    assert np.all(ratio >= 1 - 1e-9)
    assert np.all(ratio <= 6 + 1e-9)
    np.testing.assert_allclose(geometry.participation_ratio(scale * vectors), ratio, rtol=1e-9)
    np.testing.assert_allclose(geometry.participation_ratio(vectors[:, order]), ratio, rtol=1e-9)
    np.testing.assert_allclose(geometry.participation_ratio(-vectors), ratio, rtol=1e-12)


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_extreme_magnitudes_neither_vanish_nor_overflow(size):
    vectors = size * np.array([[1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]])
    np.testing.assert_allclose(geometry.participation_ratio(vectors), [2.0, 1.0])
    np.testing.assert_allclose(geometry.cosine_matrix(vectors)[0, 1], np.sqrt(0.5))


def test_all_zero_vectors_are_refused_by_name():
    with pytest.raises(UserError, match="all-zero"):
        geometry.participation_ratio(np.zeros((2, 3)))
    with pytest.raises(UserError, match="all-zero"):
        geometry.cosine_matrix(np.zeros((2, 3)))


@given(nonzero_rows(4, 5), arrays(np.float64, 4, elements=st.floats(0.01, 100)))
def test_cosine_is_bounded_symmetric_and_invariant_to_positive_scaling(vectors, scales):
    matrix = geometry.cosine_matrix(vectors)
    assert np.all(np.abs(matrix) <= 1)
    np.testing.assert_allclose(matrix, matrix.T)
    np.testing.assert_allclose(geometry.cosine_matrix(vectors * scales[:, None]), matrix, atol=1e-9)


def test_cosine_of_known_angles():
    matrix = geometry.cosine_matrix(np.array([[1.0, 0.0], [1.0, 1.0], [-3.0, 0.0]]))
    np.testing.assert_allclose(geometry.pairwise(matrix), [np.sqrt(0.5), -1.0, -np.sqrt(0.5)])


@given(nonzero_rows(5, 4))
def test_leaving_one_row_out_equals_computing_without_it(vectors):
    matrix = geometry.cosine_matrix(vectors)
    direct = [geometry.pairwise(geometry.cosine_matrix(np.delete(vectors, row, axis=0))).mean() for row in range(5)]
    np.testing.assert_allclose(geometry.mean_pairwise_without_each(matrix), direct, atol=1e-12)


def test_centred_cosines_of_a_simplex_are_minus_one_over_n_minus_one():
    centred = geometry.centred(np.eye(10) + 100.0)
    np.testing.assert_allclose(geometry.pairwise(geometry.cosine_matrix(centred)), -1 / 9)


def test_tail_and_head_shares_count_strictly():
    vectors = np.array([[0.0, -0.5, 1.0, -2.0]])
    assert geometry.tail_share(vectors, 0.5) == 0.25
    assert geometry.head_share(vectors, 0.5) == 0.5


def test_variance_concentration():
    vectors = np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 1.0]])
    variance = geometry.variance_per_dimension(vectors)
    np.testing.assert_allclose(variance, [2.0, 0.0, 0.5])
    assert geometry.concentration(variance, 0.34) == pytest.approx(0.8)
    assert geometry.dimensions_holding(variance, 0.8) == 1
    assert geometry.dimensions_holding(variance, 0.81) == 2


def test_silu_makes_large_negative_entries_nearly_inert():
    np.testing.assert_allclose(geometry.silu(np.array([0.0, 1.0, -1.0])), [0.0, 0.7310585786, -0.2689414214])
    assert abs(geometry.silu(np.array([-20.0]))[0]) < 1e-7


def test_described_rows_agree_with_the_functions_and_carry_intervals():
    vectors = np.random.default_rng(1).standard_normal((30, 16)) + 3
    rows = {row["metric"]: row for row in describe(vectors)}
    ratios = geometry.participation_ratio(vectors)
    assert rows["participation_ratio"]["value"] == pytest.approx(ratios.mean())
    # The delete-one jackknife of a mean is the classical standard error.
    assert rows["participation_ratio"]["standard_error"] == pytest.approx(ratios.std(ddof=1) / np.sqrt(30))
    cosine = rows["cosine_similarity"]
    assert cosine["low"] < cosine["value"] < cosine["high"]
    assert rows["cosine_similarity_min"]["value"] <= cosine["value"] <= rows["cosine_similarity_max"]["value"]
    assert rows["dimension"]["value"] == 16


def test_dead_share_counts_what_silu_hardly_passes_on():
    vectors = np.array([[-5.0, -4.0, -3.9, 8.0], [-4.1, -100.0, 0.0, 1.0]])
    np.testing.assert_allclose(geometry.dead_share(vectors), [0.25, 0.5])
    assert np.abs(geometry.silu(np.array([-4.0]))) < 0.08


def test_rounding_takes_no_cosine_beyond_one():
    vectors = np.random.default_rng(0).standard_normal((60, 7))
    matrix = geometry.cosine_matrix(np.concatenate([vectors, 3 * vectors, -2 * vectors]))
    assert matrix.max() == 1.0
    assert matrix.min() == -1.0


def test_centring_takes_the_mean_over_conditions_away():
    np.testing.assert_array_equal(geometry.centred(np.array([[1.0, 2.0, 0.0], [3.0, 6.0, 0.0]])), [[-1, -2, 0], [1, 2, 0]])


def test_shares_are_taken_of_each_vector():
    vectors = np.array([[0.0, -0.5, 1.0, -2.0], [0.1, 0.2, 0.3, 4.0]])
    assert geometry.tail_share(vectors, 0.5).tolist() == [0.25, 0.75]
    assert geometry.head_share(vectors, 0.5).tolist() == [0.5, 0.25]
    assert geometry.dead_share(vectors, 0.1).tolist() == [0.75, 0.0]


def test_concentration_counts_at_least_one_dimension_and_knows_no_share_of_nothing():
    variance = np.array([1.0, 4.0, 2.0, 3.0])
    assert [geometry.concentration(variance, share) for share in (0.01, 0.5, 1.0)] == [0.4, 0.7, 1.0]
    assert geometry.concentration(np.array([0.25, 0.25]), 0.5) == 0.5
    with np.errstate(all="raise"):
        assert np.isnan(geometry.concentration(np.zeros(3), 0.5))


def test_dimensions_that_hold_all_of_the_variance_are_counted_to_the_last_that_has_any():
    assert geometry.dimensions_holding(np.array([0.1, 0.0, 0.2, 0.3]), 1.0) == 3
    assert geometry.dimensions_holding(np.array([0.1, 0.4, 0.2, 0.3]), 1.0) == 4
    assert geometry.dimensions_holding(np.array([1.0, 1.0, 1.0, 1.0]), 0.5) == 2
