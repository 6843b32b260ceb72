"""Inception score, exp E KL(p(y|x) | p(y)), for any cut of the samples into splits."""

from dataclasses import dataclass

import numpy as np
from scipy.special import xlogy

from semantic_bottleneck.arrays import Float, Float64, Int, Int64
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.uncertainty.jackknife import Deletions

TORCH_FIDELITY_SEED = 2020
BLOCK = 1000


def shuffled_splits(n: int, splits: int, seed: int = TORCH_FIDELITY_SEED) -> Int64[np.ndarray, " samples"]:
    """Split of each row as torch-fidelity cuts them: a seeded permutation, then `splits` nearly equal runs; int64 (n,)."""
    membership = np.empty(n, dtype=np.int64)
    # torch-fidelity draws from the legacy generator; only it gives the same permutation.
    membership[np.random.RandomState(seed).permutation(n)] = equal_splits(n, splits)
    return membership


def equal_splits(n: int, splits: int) -> Int64[np.ndarray, " samples"]:
    """Split of each row for `splits` runs of rows in file order, run i being rows [i n // splits, (i+1) n // splits)."""
    edges = np.arange(splits + 1) * n // splits
    return np.repeat(np.arange(splits), np.diff(edges))


def sized_splits(n: int, size: int = 5000) -> Int64[np.ndarray, " samples"]:
    """Split of each row as the ADM evaluator cuts them: runs of `size` rows in file order, the last may be shorter."""
    return np.arange(n) // size


@dataclass(frozen=True)
class InceptionSums:
    """What a score needs of the samples in each (split, group), in float64; sums of two sample sets may be added.

    Attributes:
        counts: int64 (s, G), samples.
        totals: (s, G, K), Σ p.
        negentropies: (s, G), Σ p log p.
    """

    counts: Int64[np.ndarray, "splits groups"]
    totals: Float64[np.ndarray, "splits groups classes"]
    negentropies: Float64[np.ndarray, "splits groups"]

    def one_split(self) -> "InceptionSums":
        """The same samples in a single split."""
        return InceptionSums(*(part.sum(axis=0, keepdims=True) for part in (self.counts, self.totals, self.negentropies)))

    def each(self) -> Float64[np.ndarray, " splits"]:
        """Score of each split, float64 (s,).

        Raises:
            UserError: a split holds no row.
        """
        counts = self.counts.sum(axis=1)
        if not counts.all():
            raise UserError(f"An inception score in {len(counts)} splits needs at least as many samples; lower the splits.")
        return _scores(counts, self.totals.sum(axis=1), self.negentropies.sum(axis=1))

    def deletions(self) -> Deletions:
        """Mean score over splits, all and without each group; every row stays in its split."""
        counts, totals, negentropies = (part.sum(axis=1) for part in (self.counts, self.totals, self.negentropies))
        without = []
        for group in range(self.counts.shape[1]):
            left = counts - self.counts[:, group]
            kept = left > 0
            scores = _scores(
                left[kept], (totals - self.totals[:, group])[kept], (negentropies - self.negentropies[:, group])[kept]
            )
            without.append(scores.mean() if len(scores) else np.nan)
        return Deletions(float(self.each().mean()), np.array(without), self.counts.sum(axis=0))


def inception_sums(
    logits: Float[np.ndarray, "samples classes"], splits: Int[np.ndarray, " samples"], groups: Int[np.ndarray, " samples"]
) -> InceptionSums:
    """Sums over rows of logits, float (n, K), in blocks of 1000 rows; splits and groups int64 (n,), from 0 on."""
    sums = _no_sums(splits, groups, logits.shape[1])
    for start in range(0, len(logits), BLOCK):
        rows = slice(start, start + BLOCK)
        block = logits[rows].astype(np.float64)
        block -= block.max(axis=1, keepdims=True)
        weights = np.exp(block)
        norms = weights.sum(axis=1)
        # Σ p log p = Σ p z - log Σ exp z, so that the logarithm is taken once a row.
        negentropy = np.einsum("ij,ij->i", weights, block) / norms - np.log(norms)
        weights /= norms[:, None]
        _add(sums, weights, negentropy, splits[rows], groups[rows])
    return sums


def _no_sums(splits: np.ndarray, groups: np.ndarray, classes: int) -> InceptionSums:
    shape = int(splits.max()) + 1, int(groups.max()) + 1
    return InceptionSums(np.zeros(shape, dtype=np.int64), np.zeros((*shape, classes)), np.zeros(shape))


def _add(
    sums: InceptionSums, probabilities: np.ndarray, negentropy: np.ndarray, splits: np.ndarray, groups: np.ndarray
) -> None:
    """Add rows to the sums of their split and group."""
    shape = sums.counts.shape
    cell = splits * shape[1] + groups
    counts = np.bincount(cell, minlength=shape[0] * shape[1])
    sums.counts[...] += counts.reshape(shape)
    sums.negentropies[...] += np.bincount(cell, weights=negentropy, minlength=len(counts)).reshape(shape)
    filled = np.flatnonzero(counts)
    starts = (np.cumsum(counts) - counts)[filled]
    ordered = probabilities[np.argsort(cell, kind="stable")]
    sums.totals.reshape(len(counts), -1)[filled] += np.add.reduceat(ordered, starts, axis=0)


def _scores(
    counts: Int64[np.ndarray, " splits"],
    totals: Float64[np.ndarray, "splits classes"],
    negentropies: Float64[np.ndarray, " splits"],
) -> Float64[np.ndarray, " splits"]:
    """exp(mean Σ p log p - Σ q log q) with q the mean of p; counts (s,), totals (s, K), negentropies (s,)."""
    marginal = totals / counts[:, None]
    return np.exp(negentropies / counts - xlogy(marginal, marginal).sum(axis=1))
