"""Inception score, exp E KL(p(y|x) | p(y)), for any cut of the samples into splits."""

import numpy as np
from scipy.special import log_softmax, xlogy

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.scores.jackknife import Deletions

TORCH_FIDELITY_SEED = 2020


def shuffled_splits(n: int, splits: int, seed: int = TORCH_FIDELITY_SEED) -> np.ndarray:
    """Split of each row as torch-fidelity cuts them: a seeded permutation, then `splits` nearly equal runs; int64 (n,)."""
    membership = np.empty(n, dtype=np.int64)
    # torch-fidelity draws from the legacy generator; only it gives the same permutation.
    membership[np.random.RandomState(seed).permutation(n)] = equal_splits(n, splits)
    return membership


def equal_splits(n: int, splits: int) -> np.ndarray:
    """Split of each row for `splits` runs of rows in file order, run i being rows [i n // splits, (i+1) n // splits)."""
    edges = np.arange(splits + 1) * n // splits
    return np.repeat(np.arange(splits), np.diff(edges))


def sized_splits(n: int, size: int = 5000) -> np.ndarray:
    """Split of each row as the ADM evaluator cuts them: runs of `size` rows in file order, the last may be shorter."""
    return np.arange(n) // size


def probabilities_of(logits: np.ndarray) -> np.ndarray:
    """Softmax in float64; logits (n, K)."""
    return np.exp(log_softmax(np.asarray(logits, dtype=np.float64), axis=1))


def inception_score_each(probabilities: np.ndarray, splits: np.ndarray) -> np.ndarray:
    """Score of each split, float64 (splits,); the reported score is their mean.

    Args:
        probabilities: float (n, K), rows summing to 1.
        splits: int64 (n,), split of each row, counting from 0.

    Raises:
        UserError: a split holds no row.
    """
    counts, sums, negentropy = _grouped_sums(probabilities, splits, np.zeros(len(splits), dtype=np.int64))
    if not counts.all():
        raise UserError(f"An inception score in {len(counts)} splits needs at least as many samples; lower the splits.")
    return _scores(counts[:, 0], sums[:, 0], negentropy[:, 0])


def inception_score_deletions(probabilities: np.ndarray, splits: np.ndarray, groups: np.ndarray) -> Deletions:
    """Mean score over splits, all and without each group; every row stays in its split.

    Args:
        probabilities: float (n, K).
        splits: int64 (n,).
        groups: int64 (n,), 0..G-1, every group filled.
    """
    value = float(inception_score_each(probabilities, splits).mean())
    counts, sums, negentropy = _grouped_sums(probabilities, splits, groups)
    without = []
    for group in range(counts.shape[1]):
        left = counts.sum(axis=1) - counts[:, group]
        kept = left > 0
        scores = _scores(
            left[kept],
            (sums.sum(axis=1) - sums[:, group])[kept],
            (negentropy.sum(axis=1) - negentropy[:, group])[kept],
        )
        without.append(scores.mean() if len(scores) else np.nan)
    return Deletions(value, np.array(without), np.bincount(groups))


def _grouped_sums(probabilities: np.ndarray, splits: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, ...]:
    """Count, Σp and Σ p log p per (split, group): shapes (s, G), (s, G, K), (s, G)."""
    probabilities = np.asarray(probabilities, dtype=np.float64)
    shape = int(splits.max()) + 1, int(groups.max()) + 1
    cell = splits * shape[1] + groups
    order = np.argsort(cell, kind="stable")
    counts = np.bincount(cell, minlength=shape[0] * shape[1])
    negentropy = np.bincount(cell, weights=xlogy(probabilities, probabilities).sum(axis=1), minlength=len(counts))
    sums = np.zeros((len(counts), probabilities.shape[1]))
    filled = np.flatnonzero(counts)
    starts = (np.cumsum(counts) - counts)[filled]
    sums[filled] = np.add.reduceat(probabilities[order], starts, axis=0)
    return counts.reshape(shape), sums.reshape(*shape, -1), negentropy.reshape(shape)


def _scores(counts: np.ndarray, sums: np.ndarray, negentropy: np.ndarray) -> np.ndarray:
    """exp(mean Σ p log p - Σ q log q) with q the mean of p; counts (s,), sums (s, K), negentropy (s,)."""
    marginal = sums / counts[:, None]
    return np.exp(negentropy / counts - xlogy(marginal, marginal).sum(axis=1))
