"""Holm's correction against its definition."""

import numpy as np
import pytest
from scipy.stats import norm

from semantic_bottleneck.uncertainty.holm import holm

NAN = np.nan


def test_the_example_by_hand():
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.005])), [0.03, 0.06, 0.06, 0.02])


def test_none_is_above_one_and_what_is_unknown_does_not_count():
    np.testing.assert_allclose(holm(np.array([0.6, NAN, 0.02, 0.7])), [1.0, NAN, 0.06, 1.0])
    np.testing.assert_allclose(holm(np.array([NAN, 0.03])), [NAN, 0.03])
    assert holm(np.array([])).shape == (0,)


@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_a_table_without_effects_has_a_word_in_it_in_at_most_one_of_twenty(correlation):
    rng = np.random.default_rng(5)

    shared, own = rng.normal(size=(2000, 1)), rng.normal(size=(2000, 12))
    z = np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * own
    found = np.mean([holm(2 * norm.sf(np.abs(row))).min() <= 0.05 for row in z])
    assert found < 0.065
    assert np.mean([(2 * norm.sf(np.abs(row))).min() <= 0.05 for row in z]) > 0.15
