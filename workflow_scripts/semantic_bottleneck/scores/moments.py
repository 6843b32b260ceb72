"""Mean and covariance from sums that can be merged: (n, Σx, ΣxxT) in float64."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from semantic_bottleneck.errors import UserError

BLOCK = 2000


@dataclass(frozen=True)
class Moments:
    """Sufficient statistics of rows x - shift.

    Attributes:
        n: number of rows.
        total: float64 (d,), the sum of the shifted rows.
        product: float64 (d, d), the sum of their outer products.
        shift: float64 (d,), subtracted from every row first, so that large means do not cancel digits away.
    """

    n: int
    total: np.ndarray
    product: np.ndarray
    shift: np.ndarray

    def __add__(self, other: "Moments") -> "Moments":
        self._same_shift(other)
        return Moments(self.n + other.n, self.total + other.total, self.product + other.product, self.shift)

    def __sub__(self, other: "Moments") -> "Moments":
        self._same_shift(other)
        return Moments(self.n - other.n, self.total - other.total, self.product - other.product, self.shift)

    def mean(self) -> np.ndarray:
        """Float64 (d,)."""
        return self.shift + self.total / self.n

    def covariance(self) -> np.ndarray:
        """Float64 (d, d) with n - 1 in the denominator.

        Raises:
            UserError: fewer than two rows.
        """
        if self.n < 2:
            raise UserError(f"A covariance needs at least 2 samples and only {self.n} are there; raise the number of samples.")
        mean = self.total / self.n
        return (self.product - self.n * np.outer(mean, mean)) / (self.n - 1)

    def _same_shift(self, other: "Moments") -> None:
        if not np.array_equal(self.shift, other.shift):
            raise UserError("Moments with different shifts cannot be merged; compute them all with the same shift.")


def moments(rows: np.ndarray, shift: np.ndarray | None = None) -> Moments:
    """Moments of float rows (n, d), summed in blocks of 2000 rows from the first row on.

    The blocks are counted from the first row given, so rows in sample order give the same bits however they were stored.
    """
    width = rows.shape[1]
    shift = np.zeros(width) if shift is None else np.asarray(shift, dtype=np.float64)
    total, product = np.zeros(width), np.zeros((width, width))
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK].astype(np.float64) - shift
        total += block.sum(axis=0)
        product += block.T @ block
    return Moments(len(rows), total, product, shift)


def grouped_moments(rows: np.ndarray, groups: np.ndarray, shift: np.ndarray | None = None) -> list[Moments]:
    """Moments of each group; `groups` int64 (n,) counts from 0 and every group is filled."""
    return [moments(rows[groups == group], shift) for group in range(int(groups.max()) + 1)]


def merge(parts: Iterable[Moments]) -> Moments:
    """Sum of moments, from the first to the last (the order fixes the last bit)."""
    return reduce(Moments.__add__, parts)
