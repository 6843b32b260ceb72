"""Choosing a timestep without labels: the criterion that counts directions, and what the choice gives up."""

import numpy as np
import pytest

from semantic_bottleneck.geometry.timestep_choice import given_up, spectral_participation_ratio


def test_directions_count_by_their_variance():
    cross = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    assert spectral_participation_ratio(cross) == pytest.approx(2.0)
    # Variances 4 and 1, and a shift that is no variance: 25 / 17.
    assert spectral_participation_ratio(cross * [2.0, 1.0] + 7.0) == pytest.approx(25 / 17)
    # Directions, not dimensions: the same vectors turned.
    assert spectral_participation_ratio(cross @ np.array([[0.6, 0.8], [-0.8, 0.6]]) * 0.01) == pytest.approx(2.0)


def test_one_dimension_is_one_direction_and_no_variance_none():
    assert spectral_participation_ratio(np.array([[1.0], [2.0]])) == pytest.approx(1.0)
    with np.errstate(all="raise"):
        assert spectral_participation_ratio(np.ones((3, 2))) == 0.0


def test_the_largest_criterion_chooses_and_the_smallest_timestep_of_equals():
    accuracy = {0: 0.5, 300: 0.9, 500: 0.8}
    assert given_up(accuracy, {0: 1.0, 500: 3.0, 300: 2.0}) == (500, pytest.approx(0.1))
    assert given_up(accuracy, {500: 3.0, 300: 3.0, 0: 1.0}) == (300, 0.0)
