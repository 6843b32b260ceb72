"""Precision, recall, density, coverage: against the definition, swapped sets, deletions, distances in blocks."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.scores import neighbours
from semantic_bottleneck.scores.precision_recall import precision_recall


def by_definition(generated, reference, k):
    def radii(points):
        return np.sort(cdist(points, points), axis=1)[:, k]

    between = cdist(generated, reference)
    in_real, in_generated = between <= radii(reference), between <= radii(generated)[:, None]
    return {
        "precision": in_real.any(axis=1).mean(),
        "recall": in_generated.any(axis=0).mean(),
        "density": in_real.sum(axis=1).mean() / k,
        "coverage": in_real.any(axis=0).mean(),
    }


def sets(seed, n=70, m=90, width=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, width)) * [1.2, 0.5, 1.0], rng.normal(size=(m, width))


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize("spare", [0, 16])
@pytest.mark.parametrize("entries", [1, 1000, 10**6])
def test_values_and_deletions_are_those_of_the_definition(monkeypatch, k, spare, entries):
    """With no spare neighbours every grown radius comes from the exact fallback."""
    monkeypatch.setattr(neighbours, "SPARE_NEIGHBOURS", spare)
    monkeypatch.setattr(neighbours, "BLOCK_ENTRIES", entries)
    generated, reference = sets(k)
    groups = np.arange(len(generated)) % 6
    scores = precision_recall(generated, reference, k, groups)
    whole = by_definition(generated, reference, k)
    for group in range(6):
        left = by_definition(generated[groups != group], reference, k)
        for metric, deletions in scores.items():
            assert deletions.value == pytest.approx(whole[metric], abs=1e-12)
            assert deletions.without[group] == pytest.approx(left[metric], abs=1e-12), metric


def test_a_large_group_of_near_neighbours_is_left_out_rightly():
    """A whole cluster belongs to one group, so all spare neighbours go with it."""
    rng = np.random.default_rng(0)
    generated = np.concatenate([0.01 * rng.normal(size=(40, 2)), 3.0 + rng.normal(size=(30, 2)), [[0.5, 0.5]]])
    groups = np.array([0] * 40 + [1, 2] * 15 + [1])
    reference = rng.normal(size=(50, 2)) + 1.0
    scores = precision_recall(generated, reference, 3, groups)
    for group in range(3):
        left = by_definition(generated[groups != group], reference, 3)
        assert scores["recall"].without[group] == pytest.approx(left["recall"])


def test_swapped_sets_are_told_apart():
    """Generated samples in one mode of two: precise, but half of the real points are not recalled."""
    rng = np.random.default_rng(1)
    real = np.concatenate([rng.normal(size=(100, 2)), rng.normal(size=(100, 2)) + 20.0])
    generated = 0.5 * rng.normal(size=(150, 2))
    right = precision_recall(generated, real, 3, np.arange(150) % 5)
    swapped = precision_recall(real, generated, 3, np.arange(200) % 5)
    assert right["precision"].value > 0.95
    assert right["recall"].value < 0.5
    assert swapped["precision"].value < 0.5 < swapped["recall"].value
    assert right["coverage"].value <= 0.5


def test_a_set_against_itself():
    points = sets(2)[0]
    scores = precision_recall(points, points, 3, np.arange(len(points)) % 5)
    assert scores["precision"].value == scores["recall"].value == scores["coverage"].value == 1.0


def test_order_and_a_far_origin_do_not_matter():
    generated, reference = sets(3)
    groups = np.arange(len(generated)) % 5
    order = np.random.default_rng(3).permutation(len(generated))
    expected = precision_recall(generated, reference, 3, groups)
    moved = precision_recall(generated[order] + 1e4, reference + 1e4, 3, groups[order])
    for metric in expected:
        assert moved[metric].value == pytest.approx(expected[metric].value, abs=1e-12)
        np.testing.assert_allclose(moved[metric].without, expected[metric].without, atol=1e-12)


def test_float32_is_close():
    generated, reference = sets(4, n=200, m=200)
    single = np.zeros(200, dtype=int)
    exact, short = (precision_recall(generated, reference, 3, single, dtype) for dtype in (np.float64, np.float32))
    assert all(abs(exact[metric].value - short[metric].value) <= 0.01 for metric in exact)


def test_too_few_points_for_the_neighbours():
    with pytest.raises(UserError, match="k = 3"):
        precision_recall(np.eye(3), np.eye(3), 3, np.zeros(3, dtype=int))
