"""Inception score: bounds, splits of three tools, deletions."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_fidelity.metric_isc import KEY_METRIC_ISC_MEAN, isc_features_to_metric

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.scores.inception_score import BLOCK, equal_splits, inception_sums, shuffled_splits, sized_splits
from semantic_bottleneck.scores.torch_fidelity_check import torch_fidelity_inception_score
from tests.parity.instruments import inception_score_each, probabilities_of


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(2, 9), st.floats(0.01, 300.0), st.integers(1, 4))
def test_between_one_and_the_number_of_classes(seed, classes, sharpness, splits):
    logits = sharpness * np.random.default_rng(seed).normal(size=(40, classes))
    scores = inception_score_each(probabilities_of(logits), equal_splits(40, splits))
    assert scores.shape == (splits,)
    assert (scores >= 1.0 - 1e-12).all()
    assert (scores <= classes * (1.0 + 1e-12)).all()


def test_extremes():
    certain = np.eye(5)[np.arange(50) % 5]
    assert inception_score_each(certain, equal_splits(50, 1))[0] == pytest.approx(5.0)
    assert inception_score_each(np.full((50, 5), 0.2), equal_splits(50, 1))[0] == pytest.approx(1.0)
    by_class = inception_score_each(np.sort(certain, axis=0), equal_splits(50, 10))
    assert by_class.mean() < 5.0


@pytest.mark.parametrize("n", [40, 103])
def test_shuffled_splits_are_those_of_torch_fidelity(n):
    logits = np.random.default_rng(1).normal(size=(n, 7)).astype(np.float32)
    theirs = isc_features_to_metric(torch.from_numpy(logits), splits=10)[KEY_METRIC_ISC_MEAN]
    ours = inception_score_each(probabilities_of(logits), shuffled_splits(n, 10)).mean()
    assert ours == pytest.approx(theirs, rel=1e-12)
    assert torch_fidelity_inception_score(logits, 10) == pytest.approx(theirs, rel=1e-14)


def test_splits():
    assert sized_splits(7, 3).tolist() == [0, 0, 0, 1, 1, 1, 2]
    assert equal_splits(7, 3).tolist() == [0, 0, 1, 1, 2, 2, 2]
    assert np.bincount(shuffled_splits(95, 10)).tolist() == [9, 10, 9, 10, 9, 10, 9, 10, 9, 10]


def test_deletions_keep_every_row_in_its_split():
    logits = 3.0 * np.random.default_rng(2).normal(size=(60, 4))
    probabilities, splits, groups = probabilities_of(logits), shuffled_splits(60, 3), np.arange(60) % 5
    deletions = inception_sums(logits, splits, groups).deletions()
    for group in range(5):
        kept = groups != group
        expected = inception_score_each(probabilities[kept], splits[kept]).mean()
        assert deletions.without[group] == pytest.approx(expected, rel=1e-12)
    assert deletions.value == pytest.approx(inception_score_each(probabilities, splits).mean())
    assert deletions.sizes.tolist() == [12] * 5


def test_sums_over_blocks_are_those_of_all_rows_at_once():
    """Large logits too: some probabilities are then exactly zero."""
    n = 2 * BLOCK + 321
    logits = (
        np.random.default_rng(3).normal(size=(n, 6)).astype(np.float32) * np.geomspace(1, 1e4, n, dtype=np.float32)[:, None]
    )
    sums = inception_sums(logits, shuffled_splits(n, 10), np.arange(n) % 7)
    ten = inception_score_each(probabilities_of(logits), shuffled_splits(n, 10))
    one = inception_score_each(probabilities_of(logits), equal_splits(n, 1))
    np.testing.assert_allclose(sums.each(), ten, rtol=1e-12)
    np.testing.assert_allclose(sums.one_split().each(), one, rtol=1e-12)


def test_more_splits_than_samples():
    with pytest.raises(UserError, match="at least as many"):
        inception_score_each(np.full((3, 2), 0.5), equal_splits(3, 10))
