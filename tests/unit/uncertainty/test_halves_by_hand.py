"""Random halves in cases small enough to write out."""

import numpy as np
import pytest

from semantic_bottleneck.uncertainty.group_variance import contributions, group_variance
from semantic_bottleneck.uncertainty.halves import SPLITS, Halves, Halving, balanced_halves

ONE_STRATUM = np.zeros(3, dtype=np.int64)


def test_the_share_is_the_variance_between_halves_over_that_claimed_within_them():
    values = np.array([[1.0, 1.4], [0.9, 1.1], [1.2, 1.2]])
    without = np.array([[[0.5, 1.0, 1.5], [1.0, 2.0, 1.2]]])
    sizes = np.array([[[2, 2, 2], [1, 2, 3]]])
    true = (0.4**2 + 0.2**2 + 0.0) / 3 / 2
    claimed = [
        group_variance(contributions(1.0, without[0, 0], sizes[0, 0]), sizes[0, 0].astype(float), ONE_STRATUM),
        group_variance(contributions(1.4, without[0, 1], sizes[0, 1]), sizes[0, 1].astype(float), ONE_STRATUM),
    ]
    assert true < np.mean(claimed)
    assert Halves(values, without, sizes).share(ONE_STRATUM) == pytest.approx(true / np.mean(claimed))


def test_a_group_that_a_half_has_nothing_of_is_not_left_out_of_it():
    without, sizes = np.array([[[0.5, 1.5, np.nan]] * 2]), np.array([[[2, 2, 0]] * 2])
    full = Halves(np.array([[1.0, 1.1]]), without[:, :, :2], sizes[:, :, :2]).share(ONE_STRATUM[:2])
    assert Halves(np.array([[1.0, 1.1]]), without, sizes).share(ONE_STRATUM) == pytest.approx(full)
    assert 0 < full < 1


def test_a_group_of_one_sample_counts():
    sizes = np.array([[[1, 1, 1]] * 2])
    assert Halves(np.array([[1.0, 1.1]]), np.array([[[0.0, 1.0, 2.0]] * 2]), sizes).share(ONE_STRATUM) < 1


def test_the_share_is_at_most_one_and_one_where_nothing_moves():
    sizes = np.full((1, 2, 3), 2)
    far = Halves(np.array([[0.0, 9.0]]), np.array([[[0.0, 0.1, -0.1], [9.0, 9.1, 8.9]]]), sizes)
    assert far.share(ONE_STRATUM) == 1.0
    still = Halves(np.array([[1.0, 2.0]]), np.array([[[1.0] * 3, [2.0] * 3]]), sizes)
    assert still.share(ONE_STRATUM) == 1.0


def test_a_difference_is_taken_number_by_number():
    sizes = np.full((1, 2, 3), 2)
    one = Halves(np.array([[3.0, 4.0]]), np.full((1, 2, 3), 5.0), sizes)
    other = Halves(np.array([[1.0, 5.0]]), np.full((1, 2, 3), 2.0), sizes)
    found = one - other
    assert found.values.tolist() == [[2.0, -1.0]]
    assert (found.without == 3.0).all()
    assert found.sizes is sizes


FIRST = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 0, 1], [0, 1, 1, 0]], dtype=bool)
GROUPS = np.array([0, 0, 1, 1])


def test_subsets_are_both_halves_of_all_splits_then_those_of_four_without_each_group():
    masks = Halving(FIRST, GROUPS).masks()
    assert masks.shape == (2 * 5 + 2 * 4 * 2, 4)
    assert masks[:4].tolist() == [FIRST[0].tolist(), (~FIRST[0]).tolist(), FIRST[1].tolist(), (~FIRST[1]).tolist()]
    # The second split's second half without the first and the second group.
    assert masks[10 + 6].tolist() == (~FIRST[1] & (GROUPS != 0)).tolist()
    assert masks[10 + 7].tolist() == (~FIRST[1] & (GROUPS != 1)).tolist()


def test_what_was_found_on_the_subsets_goes_to_its_places():
    halving = Halving(FIRST, GROUPS)
    found = halving.gather(halving.masks() @ np.array([1.0, 10.0, 100.0, 1000.0]))
    assert found.values[0].tolist() == [11.0, 1100.0]
    assert found.values[4].tolist() == [110.0, 1001.0]
    assert found.without.shape == (4, 2, 2)
    assert found.without[0].tolist() == [[0.0, 11.0], [1100.0, 0.0]]
    assert found.without[3].tolist() == [[1000.0, 1.0], [100.0, 10.0]]
    assert found.sizes.tolist() == [[[2, 0], [0, 2]], [[1, 1], [1, 1]], [[1, 1], [1, 1]], [[1, 1], [1, 1]]]


def test_classes_and_groups_within_them_fall_to_both_halves_alike():
    classes, groups = np.arange(90) % 3, np.arange(90) // 3 % 5
    first = balanced_halves(classes, groups).first
    assert first.shape == (SPLITS, 90) == (60, 90)
    for split in first:
        assert split.sum() == 45
        for part in (classes, classes * 5 + groups):
            assert np.abs(2 * np.bincount(part[split], minlength=part.max() + 1) - np.bincount(part)).max() <= 1


def test_each_sample_falls_to_either_half_by_chance_and_the_same_each_time():
    classes, groups = np.arange(35) % 5, np.arange(35) // 5
    first = balanced_halves(classes, groups).first
    assert np.array_equal(first, balanced_halves(classes, groups).first)
    share = first.mean(axis=0)
    assert share.min() > 0.2
    assert share.max() < 0.8
    # Seven samples of a class: three or four in the first half, each as often; and so for every class.
    odd = np.stack([first[:, classes == number].sum(axis=1) for number in range(5)])
    assert set(odd.ravel().tolist()) == {3, 4}
    assert 0.25 < (odd == 4).mean(axis=1).min() <= (odd == 4).mean(axis=1).max() < 0.75


def test_the_splits_are_for_ever_the_same():
    first = balanced_halves(np.arange(12) % 2, np.arange(12) // 4).first
    assert first[0].astype(int).tolist() == [1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 1, 1]
    assert first[1].astype(int).tolist() == [1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1]
