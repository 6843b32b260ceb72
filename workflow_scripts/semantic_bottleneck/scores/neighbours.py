"""Inner products and squared distances in blocks, and the ball around each point that reaches its k-th neighbour."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from semantic_bottleneck.arrays import Float, Int
from semantic_bottleneck.errors import UserError

BLOCK_ENTRIES = 4_000_000
SPARE_NEIGHBOURS = 16

Watch = Callable[[slice, np.ndarray], None]
"""Sees every block of inner products (rows, values) once, so that what else is made of them costs no product of its own."""

Listen = Callable[[slice, np.ndarray, np.ndarray], None]
"""Sees the nearest points of some points (rows, int64 (b, s)) and their squared distances (b, s), from the point itself on."""


@dataclass(frozen=True)
class Balls:
    """Squared radii of n points' balls, and how they grow when a group of points is left out.

    Attributes:
        squared: float (n,), squared distance to the k-th neighbour among the point's own set.
        grown: float (n, G), the same without group g; equal to `squared` where that group holds none of the k nearest, and
            for the point's own group, with which the point goes itself.
    """

    squared: Float[np.ndarray, " points"]
    grown: Float[np.ndarray, "points groups"]


def squared_distance_blocks(
    left: Float[np.ndarray, "rows features"], right: Float[np.ndarray, "columns features"], watch: Watch | None = None
) -> Iterator[tuple[slice, np.ndarray]]:
    """max(|u|² - 2 u·v + |v|², 0) between blocks of rows of `left` and all rows of `right`, in their dtype.

    Centre both sets on one point first: it keeps the digits that |u|² and |v|² would cancel. Each block is overwritten by
    the next one; `watch` sees it while it still holds the inner products u·v, and must leave it as it is.
    """
    norms, others = _squares(right), _squares(left)
    products = _products_within(left) if left is right and left.dtype == np.float32 else _products(left, right)
    for rows, block in products:
        if watch is not None:
            watch(rows, block)
        block *= -2.0
        block += others[rows, None]
        block += norms
        yield rows, np.maximum(block, 0.0, out=block)


def _products(left: np.ndarray, right: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    blocks = _blocks(len(left), len(right))
    buffer = np.empty((blocks[0].stop, len(right)), dtype=np.result_type(left, right))
    for rows in blocks:
        yield rows, np.matmul(left[rows], right.T, out=buffer[: rows.stop - rows.start])


def _products_within(points: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """The same of a set with itself: half the products, for the memory of all of them (400 MB for 10,000 points)."""
    products = np.empty((len(points), len(points)), dtype=points.dtype)
    for rows in _blocks(len(points), len(points)):
        np.matmul(points[rows], points[rows.start :].T, out=products[rows, rows.start :])
        products[rows.stop :, rows] = products[rows, rows.stop :].T
        yield rows, products[rows]


def _blocks(count: int, others: int) -> list[slice]:
    step = max(1, BLOCK_ENTRIES // others)
    return [slice(start, min(start + step, count)) for start in range(0, count, step)]


def _squares(points: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", points, points)


def own_balls(
    points: Float[np.ndarray, "points features"],
    k: int,
    groups: Int[np.ndarray, " points"],
    watch: Watch | None = None,
    listen: Listen | None = None,
) -> Balls:
    """Balls reaching the k-th nearest other point of the same set.

    As in torch-fidelity, prdc and ADM's evaluator the radius is entry k of the sorted distances to the own set, the point
    itself being entry 0.

    Args:
        points: float (n, d).
        groups: int64 (n,), 0..G-1.
        watch: sees the inner products.
        listen: sees the nearest neighbours.

    Raises:
        UserError: no k-th neighbour is left once a group is out.
    """
    count = int(groups.max()) + 1
    fewest = len(points) - (np.bincount(groups).max() if count > 1 else 0)
    if fewest <= k:
        raise UserError(f"Precision and recall with k = {k} need more than {k} samples beside each group; raise the samples.")
    squared = np.empty(len(points), dtype=points.dtype)
    grown = np.empty((len(points), count), dtype=points.dtype)
    near = min(k + 1 + SPARE_NEIGHBOURS, len(points))
    for rows, distances in squared_distance_blocks(points, points, watch):
        nearest = np.argpartition(distances, near - 1, axis=1)[:, :near]
        values = np.take_along_axis(distances, nearest, axis=1)
        order = values.argsort(axis=1, kind="stable")
        values, nearest = np.take_along_axis(values, order, axis=1), np.take_along_axis(nearest, order, axis=1)
        if listen is not None:
            listen(rows, nearest, values)
        squared[rows] = values[:, k]
        grown[rows] = values[:, k : k + 1]
        if count > 1:
            _grow(grown[rows], distances, values, groups[nearest], k, groups)
    grown[np.arange(len(points)), groups] = squared
    return Balls(squared, grown)


def _grow(grown: np.ndarray, distances: np.ndarray, values: np.ndarray, owners: np.ndarray, k: int, groups: np.ndarray) -> None:
    """Fill in the radii of a block for those groups that hold one of a point's k nearest neighbours."""
    line = np.arange(len(grown))
    for slot in range(k + 1):
        group = owners[:, slot]
        kept = np.cumsum(owners != group[:, None], axis=1)
        found = kept[:, -1] > k
        position = (kept > k).argmax(axis=1)
        radius = values[line, position]
        for row in np.flatnonzero(~found):
            others = distances[row, groups != group[row]]
            radius[row] = np.partition(others, k)[k]
        grown[line, group] = radius
