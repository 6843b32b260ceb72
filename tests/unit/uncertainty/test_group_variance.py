"""The variance from left-out groups against the formulas of the literature."""

import numpy as np
import pytest

from semantic_bottleneck.uncertainty.group_variance import contributions, group_variance

ONE_STRATUM = np.zeros(5, dtype=np.int64)


def draws(seed=0):
    """A statistic on all samples, without each of five groups, and the groups' sizes."""
    rng = np.random.default_rng(seed)
    return rng.normal(), rng.normal(size=5), rng.integers(2, 9, size=5)


def test_groups_of_any_size_enter_as_in_the_delete_mj_jackknife():
    """Equation 8 of Busing, Meijer and van der Leeden (1999), by its pseudo-values."""
    value, without, sizes = draws()
    n, ratio = sizes.sum(), sizes.sum() / sizes
    pseudo = ratio * value - (ratio - 1) * without
    estimate = len(sizes) * value - ((1 - sizes / n) * without).sum()
    expected = np.mean((pseudo - estimate) ** 2 / (ratio - 1))
    assert group_variance(contributions(value, without, sizes), sizes.astype(float), ONE_STRATUM) == pytest.approx(expected)


def test_groups_of_one_size_give_the_classical_formula():
    value, without, _ = draws(1)
    sizes = np.full(5, 3.0)
    expected = 4 / 5 * ((without - without.mean()) ** 2).sum()
    assert group_variance(contributions(value, without, sizes), sizes, ONE_STRATUM) == pytest.approx(expected)


def test_strata_add_up():
    moved, sizes = np.array([1.0, 3.0, -2.0, 0.0, 5.0]), np.array([2.0, 4.0, 1.0, 3.0, 3.0])
    strata = np.array([0, 1, 0, 1, 1])
    parts = [
        group_variance(moved[strata == stratum], sizes[strata == stratum], ONE_STRATUM[strata == stratum]) for stratum in (0, 1)
    ]
    assert group_variance(moved, sizes, strata) == pytest.approx(sum(parts))
    assert min(parts) > 0


@pytest.mark.parametrize(
    ("moved", "strata"),
    [
        ([], []),
        ([1.0], [0]),
        ([1.0, 2.0, 3.0], [0, 0, 1]),
        ([1.0, np.nan, 3.0], [0, 0, 0]),
        ([1.0, np.inf, 3.0], [0, 0, 0]),
    ],
)
def test_what_tells_no_spread_has_no_variance(moved, strata):
    assert np.isnan(group_variance(np.array(moved), np.ones(len(moved)), np.array(strata, dtype=np.int64)))


def test_two_groups_suffice():
    assert group_variance(np.array([0.5, -0.5]), np.ones(2), ONE_STRATUM[:2]) == pytest.approx(1.0)


def test_contributions_of_several_statistics_are_each_their_own():
    _, _, sizes = draws()
    value, without = np.array([[1.0], [2.0]]), np.arange(10.0).reshape(2, 1, 5)
    found = contributions(value, without, np.tile(sizes, (2, 1, 1)))
    for row in range(2):
        expected = (1 - sizes / sizes.sum()) * (value[row, 0] - without[row, 0])
        np.testing.assert_allclose(found[row, 0], expected)
