"""Kernel distance: unbiased squared maximum mean discrepancy with the kernel (x·y / d + 1)³."""

import math
from collections.abc import Iterator

import numpy as np

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.scores.jackknife import Deletions, leave_out

BLOCK_ENTRIES = 4_000_000
TORCH_FIDELITY_SEED = 2020


def kid_deletions(generated: np.ndarray, reference: np.ndarray, groups: np.ndarray) -> Deletions:
    """Unbiased estimate from all pairs, and without each group of generated rows.

    Args:
        generated: float (n, d).
        reference: float (m, d), m >= 2.
        groups: int64 (n,), 0..G-1.

    Returns:
        NaN for a deletion that leaves fewer than two rows.
    """
    member = np.eye(int(groups.max()) + 1)[groups]
    sizes = member.sum(axis=0)
    within, diagonal, cross = np.zeros((len(sizes), len(sizes))), np.zeros(len(sizes)), np.zeros(len(sizes))
    for rows, values in _kernel_blocks(generated, generated):
        within += member[rows].T @ (values @ member)
        diagonal += member[rows].T @ np.diagonal(values, offset=rows.start)
    for rows, values in _kernel_blocks(generated, reference):
        cross += member[rows].T @ values.sum(axis=1)
    constant = _own_mean(reference)
    pairs_left = within.sum() - 2.0 * within.sum(axis=1) + np.diagonal(within)
    value = _distance(within.sum(), diagonal.sum(), cross.sum(), sizes.sum(), len(reference), constant)
    left = zip(pairs_left, leave_out(diagonal), leave_out(cross), leave_out(sizes), strict=True)
    without = [_distance(*sums, len(reference), constant) for sums in left]
    return Deletions(value, np.array(without), sizes.astype(np.int64))


def kid(generated: np.ndarray, reference: np.ndarray) -> float:
    """Unbiased estimate from all pairs; float (n, d) and (m, d) with at least two rows each."""
    return kid_deletions(generated, reference, np.zeros(len(generated), dtype=np.int64)).value


def kid_biased(generated: np.ndarray, reference: np.ndarray) -> float:
    """The estimate that keeps the diagonals, for comparison with other tools."""
    own, other, cross = (
        sum(values.sum() for _, values in _kernel_blocks(left, right))
        for left, right in ((generated, generated), (reference, reference), (generated, reference))
    )
    n, m = len(generated), len(reference)
    return float(own / n**2 + other / m**2 - 2.0 * cross / (n * m))


def kid_subsets(
    generated: np.ndarray, reference: np.ndarray, subsets: int = 100, size: int = 1000, seed: int = TORCH_FIDELITY_SEED
) -> np.ndarray:
    """Unbiased estimate on random subsets, drawn as torch-fidelity draws them; float64 (subsets,).

    Raises:
        UserError: a set is smaller than a subset.
    """
    if size > min(len(generated), len(reference)):
        raise UserError(
            f"A KID subset of {size} does not fit into {min(len(generated), len(reference))} samples; lower its size."
        )
    # torch-fidelity draws from the legacy generator; only it gives the same subsets.
    generator = np.random.RandomState(seed)
    values = []
    for _ in range(subsets):
        first = generated[generator.choice(len(generated), size, replace=False)]
        values.append(kid(first, reference[generator.choice(len(reference), size, replace=False)]))
    return np.array(values)


def _distance(pairs: float, diagonal: float, cross: float, n: float, m: int, constant: float) -> float:
    if n < 2:
        return math.nan
    return float((pairs - diagonal) / (n * (n - 1)) + constant - 2.0 * cross / (n * m))


def _own_mean(rows: np.ndarray) -> float:
    """Mean kernel over ordered pairs of distinct rows."""
    total = sum(values.sum() - np.diagonal(values, offset=block.start).sum() for block, values in _kernel_blocks(rows, rows))
    return total / (len(rows) * (len(rows) - 1))


def _kernel_blocks(left: np.ndarray, right: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Kernel between blocks of rows of `left` and all rows of `right`."""
    right = np.asarray(right, dtype=np.float64)
    step = max(1, BLOCK_ENTRIES // len(right))
    for start in range(0, len(left), step):
        rows = slice(start, min(start + step, len(left)))
        yield rows, (left[rows].astype(np.float64) @ right.T / right.shape[1] + 1.0) ** 3
