"""Halves of the samples: balanced, the same for everybody, and right about how much the jackknife overstates."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic_bottleneck.scores import neighbours
from semantic_bottleneck.scores.precision_recall import precision_recall
from semantic_bottleneck.uncertainty import halves as module
from semantic_bottleneck.uncertainty.groups import group_of, stratified_groups
from semantic_bottleneck.uncertainty.halves import Halves, balanced_halves
from semantic_bottleneck.uncertainty.jackknife import Deletions, jackknife
from tests.unit.scores.test_precision_recall import by_definition, sets


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 7), st.integers(2, 9), st.integers(20, 90))
def test_every_class_and_group_falls_to_both_halves_alike(classes, count, n):
    labels, groups = np.arange(n) % classes, np.arange(n) // classes % count
    halving = balanced_halves(labels, groups)
    assert np.array_equal(halving.first, balanced_halves(labels, groups).first)
    for first in halving.first:
        assert abs(2 * first.sum() - n) <= 1
        for cells, slack in ((labels, 1), (labels * count + groups, 1)):
            sides = [np.bincount(cells[side], minlength=cells.max() + 1) for side in (first, ~first)]
            assert np.abs(sides[0] - sides[1]).max() <= slack
    assert (halving.first != halving.first[0]).any()


def statistic(values, mask):
    return np.square(values[mask].mean(axis=0)).sum()


def deletions_of(values, groups, halving):
    kept = [groups != group for group in range(groups.max() + 1)]
    taken = halving.gather(np.array([statistic(values, mask) for mask in halving.masks()]))
    without = np.array([statistic(values, mask) for mask in kept])
    return Deletions(statistic(values, np.ones(len(values), dtype=bool)), without, np.bincount(groups), halves=taken)


def test_masks_and_places_belong_together():
    values, groups = np.random.default_rng(0).normal(size=(40, 2)), np.arange(40) % 5
    halving = balanced_halves(np.zeros(40, dtype=int), groups)
    found = deletions_of(values, groups, halving).halves
    assert found.values.shape == (module.SPLITS, 2)
    assert found.without.shape == found.sizes.shape == (module.SPLITS_IN_GROUPS, 2, 5)
    second = ~halving.first[3]
    assert found.values[3, 1] == statistic(values, second)
    assert found.without[3, 1, 2] == statistic(values, second & (groups != 2))
    assert found.sizes[3, 1, 2] == (second & (groups == 2)).sum()


def test_the_square_of_a_mean_of_nothing_has_half_of_the_variance_that_the_jackknife_claims():
    """The second-order part enters the jackknife twice; around a large mean the square is linear, and nothing is taken away."""
    n, groups = 200, np.arange(200) % 20
    halving, shares = balanced_halves(np.zeros(n, dtype=int), groups), {0.0: [], 50.0: []}
    variances, values = [], []
    for run in range(150):
        noise = np.random.default_rng([1, run]).normal(size=(n, 20))
        for mean, found in shares.items():
            deletions = deletions_of(noise + mean, groups, halving)
            found.append(deletions.halves.share(deletions.blocks()))
            if mean == 0.0:
                variances.append([jackknife(d).standard_error ** 2 for d in (deletions, replace(deletions, halves=None))])
                values.append(deletions.value)
    assert np.mean(shares[50.0]) > 0.9
    scaled, claimed = np.mean(variances, axis=0) / np.var(values, ddof=1)
    assert claimed > 1.7
    assert scaled == pytest.approx(1.0, abs=0.25)


def test_a_share_is_at_most_one_and_one_where_nothing_moves():
    sizes = np.full((1, 2, 3), 4)
    still = Halves(np.zeros((2, 2)), np.zeros((1, 2, 3)), sizes)
    assert still.share(np.zeros(3, dtype=int)) == 1.0
    wild = Halves(np.array([[0.0, 9.0]]), np.arange(6.0).reshape(1, 2, 3), sizes)
    assert wild.share(np.zeros(3, dtype=int)) == 1.0


def test_a_group_that_a_half_lacks_does_not_count():
    values, without = np.array([[0.0, 1.0]]), np.array([[[1.0, 2.0, 0.0], [0.5, 3.0, 1.0]]])
    lacking = Halves(values, without, np.array([[[4, 4, 0], [4, 4, 0]]])).share(np.zeros(3, dtype=int))
    assert lacking < 1.0
    assert lacking == Halves(values, without[..., :2], np.full((1, 2, 2), 4)).share(np.zeros(2, dtype=int))


def test_recall_and_coverage_of_subsets_are_those_of_the_definition(monkeypatch):
    monkeypatch.setattr(neighbours, "SPARE_NEIGHBOURS", 100)
    monkeypatch.setattr(neighbours, "BLOCK_ENTRIES", 1000)
    generated, reference = sets(3)
    groups = np.arange(len(generated)) % 6
    halving = balanced_halves(np.arange(len(generated)) % 2, groups)
    scores = precision_recall(generated, reference, 3, groups, halving=halving)
    masks = halving.masks()
    expected = [by_definition(generated[mask], reference, 3) for mask in masks]
    for metric in ("recall", "coverage"):
        wanted, found = halving.gather(np.array([scores_of[metric] for scores_of in expected])), scores[metric].halves
        np.testing.assert_allclose(found.values, wanted.values, atol=1e-12)
        np.testing.assert_allclose(found.without, wanted.without, atol=1e-12)
        np.testing.assert_array_equal(found.sizes, wanted.sizes)
    assert scores["precision"].halves is None


def test_few_spare_neighbours_hardly_matter():
    generated, reference = sets(4, n=300, m=300)
    groups = np.arange(300) % 20
    halving = balanced_halves(np.zeros(300, dtype=int), groups)
    found = precision_recall(generated, reference, 3, groups, halving=halving)["recall"].halves
    exact = [by_definition(generated[mask], reference, 3)["recall"] for mask in halving.masks()[:20]]
    np.testing.assert_allclose(found.values.ravel()[:20], exact, atol=0.004)


@pytest.mark.parametrize("kind", ["four classes", "five per class"])
def test_intervals_of_recall_and_coverage_cover_what_they_promise(kind):
    """Nominal 95 %, over 120 experiments: chance alone moves the share by 2 points."""
    n, width, runs = 240, 6, 120
    samples, reference = np.arange(n), 1.1 * np.random.default_rng(5).normal(size=(n, width))
    if kind == "four classes":
        labels, groups, strata = samples % 4, group_of(samples, 4, 20), None
    else:
        found = stratified_groups(samples, n // 5, 20)
        labels, groups, strata = samples % (n // 5), found.member, found.strata
    halving, estimates = balanced_halves(labels, groups), {}
    for run in range(runs):
        noise = np.random.default_rng([6, run]).normal(size=(n, width))
        scores, others = (
            precision_recall(rows, reference, 3, groups, halving=halving) for rows in (noise, 1.05 * noise + 0.02)
        )
        for metric in ("recall", "coverage"):
            one, other = (replace(side[metric], strata=strata) for side in (scores, others))
            estimates.setdefault(metric, []).append(jackknife(one))
            estimates.setdefault(f"{metric} paired", []).append(jackknife(other - one))
    for metric, found in estimates.items():
        truth = np.mean([estimate.value for estimate in found])
        covered = np.mean([estimate.low <= truth <= estimate.high for estimate in found])
        assert 0.88 <= covered <= 1.0, (metric, covered)
        spread = np.mean([e.standard_error for e in found]) / np.std([e.value for e in found], ddof=1)
        assert 0.8 <= spread <= 1.35, (metric, spread)


def test_one_side_without_halves_leaves_none():
    values, groups = np.random.default_rng(0).normal(size=(40, 2)), np.arange(40) % 5
    both = deletions_of(values, groups, balanced_halves(np.zeros(40, dtype=int), groups))
    assert (both - both).halves.values.any() == np.False_
    assert (both - replace(both, halves=None)).halves is None
