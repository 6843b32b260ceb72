"""Kernel distance: against the definition, unbiased, deletions."""

import numpy as np
import pytest

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.scores import kid as module
from semantic_bottleneck.scores.kid import kid, kid_deletions, kid_subsets


def by_definition(left, right):
    def kernel(a, b):
        return (a @ b.T / a.shape[1] + 1.0) ** 3

    def own(a):
        values = kernel(a, a)
        return (values.sum() - np.trace(values)) / (len(a) * (len(a) - 1))

    return own(left) + own(right) - 2.0 * kernel(left, right).mean()


def sets(seed, n=45, m=52, width=6):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, width)), rng.normal(size=(m, width)) + 0.3


def test_definition_and_deletions_whatever_the_blocks(monkeypatch):
    generated, reference = sets(0)
    groups = np.arange(len(generated)) % 7
    for entries in (1, 300, 10**6):
        monkeypatch.setattr(module, "BLOCK_ENTRIES", entries)
        deletions = kid_deletions(generated, reference, groups)
        assert deletions.value == pytest.approx(by_definition(generated, reference), rel=1e-10)
        expected = [by_definition(generated[groups != group], reference) for group in range(7)]
        np.testing.assert_allclose(deletions.without, expected, rtol=1e-10)


def test_unbiased_on_equal_distributions():
    values = [kid(*(np.random.default_rng([seed, side]).normal(size=(40, 5)) for side in (0, 1))) for seed in range(300)]
    assert abs(np.mean(values)) < 3.0 * np.std(values) / np.sqrt(len(values))


def test_a_subset_must_fit():
    generated, reference = sets(1)
    assert kid_subsets(generated, reference, subsets=4, size=20).shape == (4,)
    with pytest.raises(UserError, match="does not fit"):
        kid_subsets(generated, reference, size=46)
