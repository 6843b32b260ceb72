"""Kernel distance: unbiased squared maximum mean discrepancy with the kernel (x·y / d + 1)³."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from semantic_bottleneck.arrays import Float, Float64, Int, Int64
from semantic_bottleneck.uncertainty.jackknife import Deletions, leave_out

BLOCK_ENTRIES = 4_000_000
TORCH_FIDELITY_SEED = 2020


def kid_deletions(
    generated: Float[np.ndarray, "samples features"],
    reference: Float[np.ndarray, "references features"],
    groups: Int[np.ndarray, " samples"],
) -> Deletions:
    """Unbiased estimate from all pairs, and without each group of generated rows.

    Args:
        generated: float (n, d).
        reference: float (m, d), m >= 2.
        groups: int64 (n,), 0..G-1.

    Returns:
        NaN for a deletion that leaves fewer than two rows.
    """
    member = np.eye(int(groups.max()) + 1)[groups]
    count = member.shape[1]
    within, diagonal, cross = np.zeros((count, count)), np.zeros(count), np.zeros(count)
    for rows, values in _kernel_blocks(generated, generated):
        within += member[rows].T @ (values @ member)
        diagonal += member[rows].T @ np.diagonal(values, offset=rows.start)
    for rows, values in _kernel_blocks(generated, reference):
        cross += member[rows].T @ values.sum(axis=1)
    return _Sums(within, diagonal, cross, np.bincount(groups)).deletions(len(reference), _own_mean(reference))


class KernelSums:
    """The same estimate from inner products of centred rows that another score computes anyway.

    With c the centre, x = u + c and y = v + c: x·y = u·v + u·c + v·c + |c|². Every kernel value is taken less that of the
    centre with itself, w³ - w₀³ = δ (3w₀² + δ (3w₀ + δ)) with w₀ = 1 + |c|²/d and δ = w - w₀. The estimate does not feel a
    constant, and single precision then keeps its digits.
    """

    def __init__(self, groups: Int[np.ndarray, " samples"]):
        self._groups = groups

    def start(
        self,
        generated: Float[np.ndarray, "samples features"],
        reference: Float[np.ndarray, "references features"],
        centre: Float64[np.ndarray, " features"],
    ) -> None:
        """Take note of the centred rows (n, d) and (m, d) and of their centre float64 (d,)."""
        dtype, width = generated.dtype, len(centre)
        self._member = np.eye(int(self._groups.max()) + 1, dtype=dtype)[self._groups]
        self._level = dtype.type(1.0 + centre @ centre / width)
        self._scale = dtype.type(1.0 / width)
        self._offsets, self._others = ((rows @ (centre / width).astype(dtype)) for rows in (generated, reference))
        groups = self._member.shape[1]
        self._pairs, self._diagonal, self._cross = np.zeros((groups, groups)), np.zeros(groups), np.zeros(groups)
        self._constant = 0.0

    def within(self, rows: slice, inner: Float[np.ndarray, "rows samples"]) -> None:
        """A block of inner products of generated rows with all generated rows."""
        values, member = self._kernel(inner, self._offsets[rows], self._offsets), self._member[rows].astype(np.float64)
        self._pairs += member.T @ (values @ self._member)
        self._diagonal += member.T @ np.diagonal(values, offset=rows.start)

    def between(self, rows: slice, inner: Float[np.ndarray, "rows references"]) -> None:
        """A block of inner products of generated rows with all reference rows."""
        values = self._kernel(inner, self._offsets[rows], self._others)
        self._cross += self._member[rows].astype(np.float64).T @ values.sum(axis=1)

    def within_reference(self, rows: slice, inner: Float[np.ndarray, "rows references"]) -> None:
        """A block of inner products of reference rows with all reference rows."""
        values = self._kernel(inner, self._others[rows], self._others)
        diagonal = np.diagonal(values, offset=rows.start)
        self._constant += values.sum(axis=1).sum(dtype=np.float64) - diagonal.sum(dtype=np.float64)

    def deletions(self) -> Deletions:
        """The estimate from all pairs and without each group, once every block has been seen."""
        m = len(self._others)
        sums = _Sums(self._pairs, self._diagonal, self._cross, np.bincount(self._groups))
        return sums.deletions(m, self._constant / (m * (m - 1)))

    def _kernel(self, inner: np.ndarray, offsets: np.ndarray, others: np.ndarray) -> np.ndarray:
        delta = inner * self._scale
        delta += offsets[:, None]
        delta += others
        values = delta + 3 * self._level
        values *= delta
        values += 3 * self._level**2
        values *= delta
        return values


@dataclass(frozen=True)
class _Sums:
    """Kernel sums: ordered pairs of groups (G, G), own pairs (G,), pairs with the reference (G,), group sizes (G,)."""

    pairs: Float64[np.ndarray, "groups groups"]
    diagonal: Float64[np.ndarray, " groups"]
    cross: Float64[np.ndarray, " groups"]
    sizes: Int64[np.ndarray, " groups"]

    def deletions(self, m: int, constant: float) -> Deletions:
        pairs_left = self.pairs.sum() - self.pairs.sum(axis=0) - self.pairs.sum(axis=1) + np.diagonal(self.pairs)
        whole = _distance(self.pairs.sum(), self.diagonal.sum(), self.cross.sum(), self.sizes.sum(), m, constant)
        left = zip(pairs_left, leave_out(self.diagonal), leave_out(self.cross), leave_out(self.sizes), strict=True)
        without = [_distance(*sums, m, constant) for sums in left]
        return Deletions(whole, np.array(without), self.sizes)


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
