"""Groups, deletions and intervals in cases small enough to write out."""

import math

import numpy as np
import pytest
from scipy.stats import t as student

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.uncertainty.groups import balanced_groups, balanced_samples, group_of, stratified_groups
from semantic_bottleneck.uncertainty.halves import Halves
from semantic_bottleneck.uncertainty.jackknife import (
    Deletions,
    jackknife,
    leave_out,
    mean_deletions,
    samples_to_resolve,
    student_quantile,
)

THREE = np.array([2, 2, 2])


def halves(groups=3, values=((1.0, 2.0),)):
    count = len(values)
    return Halves(np.array(values), np.zeros((count, 2, groups)), np.ones((count, 2, groups), dtype=np.int64))


def test_rounds_of_classes_are_dealt_out_in_turn():
    assert group_of(np.arange(12), 2, 3).tolist() == [0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2]


def test_with_fewer_rounds_than_groups_every_round_is_a_group():
    assert balanced_groups(np.arange(6), 2, 3).tolist() == [0, 0, 1, 1, 2, 2]
    assert balanced_groups(np.arange(6), 2, 4).tolist() == [0, 0, 1, 1, 2, 2]
    assert balanced_groups(np.array([8, 9, 12, 13]), 2, 4).tolist() == [0, 0, 1, 1]


def test_pictures_are_numbered_class_by_class_in_rounds():
    found = balanced_samples(np.array([2, 0, 2, 1, 0, 2]), 3)
    assert found.tolist() == [2, 0, 5, 1, 3, 8]


def test_groups_that_nobody_is_in_are_not_counted():
    # Rounds 0, 2 and 3 of three groups: the second group is empty, so the third is the second.
    assert balanced_groups(np.array([0, 1, 4, 5, 6, 7]), 2, 3).tolist() == [0, 0, 1, 1, 0, 0]


def test_few_rounds_are_cut_into_blocks_of_classes():
    found = stratified_groups(np.arange(20), 4, 6)
    rounds, block = np.arange(20) // 4, np.arange(20) % 4 // 2
    assert found.member.tolist() == (rounds * 2 + block).tolist()
    assert found.strata.tolist() == [0, 1] * 5


@pytest.mark.parametrize(("samples", "classes", "groups"), [(20, 4, 5), (20, 4, 4), (4, 4, 6), (10, 1, 20)])
def test_no_blocks_where_rounds_suffice_or_there_is_one_or_one_class(samples, classes, groups):
    found = stratified_groups(np.arange(samples), classes, groups)
    assert found.strata is None
    assert found.member.tolist() == balanced_groups(np.arange(samples), classes, groups).tolist()


def test_there_are_at_most_as_many_blocks_as_classes():
    found = stratified_groups(np.arange(6), 3, 100)
    assert found.member.tolist() == [0, 1, 2, 3, 4, 5]
    assert found.strata.tolist() == [0, 1, 2, 0, 1, 2]


def test_degrees_of_freedom_are_groups_less_strata_and_a_third_less_with_halves():
    assert Deletions(0.0, np.zeros(3), THREE).freedom == 2
    assert Deletions(0.0, np.zeros(4), np.ones(4, dtype=np.int64), np.array([0, 1, 0, 1])).freedom == 2
    assert Deletions(0.0, np.zeros(3), THREE, halves=halves()).freedom == pytest.approx(4 / 3)
    assert Deletions(0.0, np.zeros(2), THREE[:2], halves=halves(2)).freedom == 1.0


def test_without_strata_all_groups_are_one_block():
    assert Deletions(0.0, np.zeros(3), THREE).blocks().tolist() == [0, 0, 0]
    strata = np.array([1, 0, 1])
    assert Deletions(0.0, np.zeros(3), THREE, strata).blocks().tolist() == [1, 0, 1]


def test_a_paired_difference_is_taken_number_by_number():
    one = Deletions(3.0, np.array([1.0, 2.0, 4.0]), THREE, halves=halves(values=((1.0, 2.0),)))
    other = Deletions(1.0, np.array([0.5, 0.0, 1.0]), THREE, halves=halves(values=((0.5, 3.0),)))
    found = one - other
    assert found.value == 2.0
    assert found.without.tolist() == [0.5, 2.0, 3.0]
    assert found.halves.values.tolist() == [[0.5, -1.0]]
    for left, right in ((one, Deletions(1.0, np.zeros(3), THREE)), (Deletions(1.0, np.zeros(3), THREE), one)):
        assert (left - right).halves is None


@pytest.mark.parametrize(
    "other",
    [
        Deletions(0.0, np.zeros(3), np.array([2, 2, 3])),
        Deletions(0.0, np.zeros(3), THREE, np.array([0, 1, 0])),
    ],
)
def test_other_groups_cannot_be_paired(other):
    with pytest.raises(UserError, match="same groups"):
        Deletions(0.0, np.zeros(3), THREE) - other


def test_the_interval_is_students_and_the_bias_is_quenouilles():
    without = np.array([1.0, 2.0, 6.0])
    estimate = jackknife(Deletions(2.5, without, THREE))
    error = math.sqrt(2 / 3 * ((without - 3.0) ** 2).sum())
    assert estimate.value == 2.5
    assert estimate.standard_error == pytest.approx(error)
    assert estimate.bias == pytest.approx(2 * (3.0 - 2.5))
    half = student.ppf(0.975, 2) * error
    assert (estimate.low, estimate.high) == pytest.approx((2.5 - half, 2.5 + half))


def test_with_strata_only_the_spread_within_them_counts_and_there_is_no_bias():
    deletions = Deletions(0.0, np.array([1.0, 11.0, 2.0, 12.0]), np.ones(4, dtype=np.int64), np.array([0, 1, 0, 1]))
    estimate = jackknife(deletions)
    # In each stratum T differs by 3/4: 2/1 times two squares of 3/8, twice.
    assert estimate.standard_error == pytest.approx(math.sqrt(2 * 2 * 2 * (3 / 8) ** 2))
    assert math.isnan(estimate.bias)


def test_halves_scale_the_variance_and_leave_fewer_degrees_of_freedom():
    known = halves(values=((0.0, 0.2), (0.1, 0.0)))
    moving = Halves(known.values, np.array([[[0.3, 0.0, -0.3]] * 2] * 2), known.sizes)
    share = moving.share(np.zeros(3, dtype=np.int64))
    assert 0.0 < share < 1.0
    plain = jackknife(Deletions(1.0, np.array([0.0, 1.0, 2.0]), THREE))
    scaled = jackknife(Deletions(1.0, np.array([0.0, 1.0, 2.0]), THREE, halves=moving))
    assert scaled.standard_error == pytest.approx(math.sqrt(share) * plain.standard_error)
    assert scaled.high - 1.0 == pytest.approx(student.ppf(0.975, 4 / 3) * scaled.standard_error)


def test_one_group_has_a_value_and_nothing_else():
    estimate = jackknife(Deletions(2.0, np.array([1.0]), np.array([4])))
    assert estimate.value == 2.0
    assert np.isnan([estimate.standard_error, estimate.low, estimate.high, estimate.bias]).all()


def test_means_without_each_group():
    found = mean_deletions(np.array([1.0, 2.0, 6.0, 3.0]), np.array([0, 0, 1, 2]))
    assert found.value == 3.0
    assert found.without.tolist() == [4.5, 2.0, 3.0]
    assert found.sizes.tolist() == [2, 1, 1]
    assert mean_deletions(np.array([1.0, 2.0]), np.array([0, 1])).without.tolist() == [2.0, 1.0]
    with np.errstate(all="raise"):
        assert np.isnan(mean_deletions(np.array([1.0, 2.0]), np.array([0, 0])).without).all()


def test_sums_are_left_out_along_the_first_axis():
    assert leave_out(np.array([[1, 10], [2, 20], [4, 40]])).tolist() == [[6, 60], [5, 50], [3, 30]]


def test_the_quantile_is_students_with_one_degree_of_freedom_less():
    assert student_quantile(11) == pytest.approx(2.2281388519649)


def test_half_the_width_takes_four_times_the_samples():
    width = student_quantile(20) * 0.1
    assert samples_to_resolve(width, 0.1, 1000, 20) == pytest.approx(1000)
    assert samples_to_resolve(width / 2, 0.1, 1000, 20) == pytest.approx(4000)
