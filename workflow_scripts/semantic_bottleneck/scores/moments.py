"""Mean and covariance from sums that can be merged: (n, Σx, ΣxxT) in float64."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from scipy.linalg import blas

from semantic_bottleneck.arrays import Float, Float64, Int, Int64
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
    total: Float64[np.ndarray, " features"]
    product: Float64[np.ndarray, "features features"]
    shift: Float64[np.ndarray, " features"]

    def __add__(self, other: "Moments") -> "Moments":
        self._same_shift(other)
        return Moments(self.n + other.n, self.total + other.total, self.product + other.product, self.shift)

    def __sub__(self, other: "Moments") -> "Moments":
        self._same_shift(other)
        return Moments(self.n - other.n, self.total - other.total, self.product - other.product, self.shift)

    def mean(self) -> Float64[np.ndarray, " features"]:
        """Float64 (d,)."""
        return self.shift + self.total / self.n

    def covariance(self) -> Float64[np.ndarray, "features features"]:
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


def moments(rows: Float[np.ndarray, "samples features"], shift: Float[np.ndarray, " features"] | None = None) -> Moments:
    """Moments of float rows (n, d), summed in blocks of 2000 rows from the first row on.

    The blocks are counted from the first row given, so rows in sample order give the same bits however they were stored.
    """
    width = rows.shape[1]
    shift = np.zeros(width) if shift is None else np.asarray(shift, dtype=np.float64)
    total, product = np.zeros(width), np.zeros((width, width), order="F")
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK].astype(np.float64)
        block -= shift
        total += block.sum(axis=0)
        # Half of the symmetric product, added up in place: `block.T @ block` would mirror and add every block's.
        product = blas.dsyrk(1.0, block.T, beta=1.0, c=product, overwrite_c=True)
    return Moments(len(rows), total, np.triu(product) + np.triu(product, 1).T, shift)


class GroupMoments(Sequence[Moments]):
    """Moments of several groups with one shift. Of each symmetric product only one half is kept: 17 MB at d = 2048."""

    def __init__(self, parts: Iterable[Moments]):
        self._sums = []
        for part in parts:
            self._shift = part.shift
            self._sums.append((part.n, part.total, part.product[_upper(len(part.shift))]))

    def __len__(self) -> int:
        return len(self._sums)

    def __getitem__(self, index: int) -> Moments:  # type: ignore[override]  # nobody takes slices
        return self.union([index])

    @property
    def sizes(self) -> Int64[np.ndarray, " groups"]:
        """Rows in each group, int64 (G,)."""
        return np.array([n for n, _, _ in self._sums])

    def union(self, groups: Iterable[int]) -> Moments:
        """Sum over some groups, from the first to the last (the order fixes the last bit)."""
        n, total, half = reduce(_plus, (self._sums[group] for group in groups))
        product = np.empty((len(total), len(total)))
        product[_upper(len(total))] = half
        product.T[_upper(len(total))] = half
        return Moments(n, total, product, self._shift)

    def all(self) -> Moments:
        """Sum over every group."""
        return self.union(range(len(self)))


def grouped_moments(
    rows: Float[np.ndarray, "samples features"],
    groups: Int[np.ndarray, " samples"],
    shift: Float[np.ndarray, " features"] | None = None,
) -> GroupMoments:
    """Moments of each group; `groups` int64 (n,) counts from 0 and every group is filled."""
    return GroupMoments(moments(rows[groups == group], shift) for group in range(int(groups.max()) + 1))


def merge(parts: Iterable[Moments]) -> Moments:
    """Sum of moments, from the first to the last (the order fixes the last bit)."""
    return reduce(Moments.__add__, parts)


def _upper(width: int) -> np.ndarray:
    return np.tri(width, dtype=bool).T


def _plus(left: tuple, right: tuple) -> tuple:
    return tuple(one + other for one, other in zip(left, right, strict=True))
