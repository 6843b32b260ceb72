"""Kernel distance: against the definition, unbiased, deletions."""

import numpy as np
import pytest

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.scores import kid as module
from semantic_bottleneck.scores import neighbours
from semantic_bottleneck.scores.kid import KernelSums, kid_deletions
from semantic_bottleneck.scores.precision_recall import precision_recall
from tests.parity.instruments import kid, kid_subsets


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


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-4)])
@pytest.mark.parametrize("entries", [1, 500, 10**6])
def test_shared_products_give_the_same_estimate(monkeypatch, dtype, tolerance, entries):
    """Large common means are what single precision must survive."""
    monkeypatch.setattr(neighbours, "BLOCK_ENTRIES", entries)
    generated, reference = (points + 2.0 for points in sets(2))
    groups = np.arange(len(generated)) % 7
    sums = KernelSums(groups)
    precision_recall(generated, reference, 3, groups, dtype, sums)
    expected, found = kid_deletions(generated, reference, groups), sums.deletions()
    assert found.value == pytest.approx(expected.value, rel=tolerance)
    np.testing.assert_allclose(found.without, expected.without, rtol=tolerance)
    assert found.sizes.tolist() == expected.sizes.tolist()
