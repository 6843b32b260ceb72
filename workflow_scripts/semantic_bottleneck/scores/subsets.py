"""Recall and coverage of many subsets of the generated points, from one pass over the distances."""

import numpy as np

from semantic_bottleneck.arrays import Bool, Float, Float64, Int


class SubsetShares:
    """The two shares for each subset of the generated points, whose balls are those within the subset.

    A ball of a subset ends at its k-th neighbour among the nearest neighbours seen (`neighbours.SPARE_NEIGHBOURS` more than
    k), or at the last of them where fewer than k are members: one point in 3,000 of a random half.

    Args:
        masks: bool (T, n), members of each subset.
        references: number m of reference points.
        k: neighbour that sets a ball's radius.
    """

    def __init__(self, masks: Bool[np.ndarray, "subsets samples"], references: int, k: int):
        self._masks, self._k = masks, k
        self._radii: np.ndarray = np.zeros(0)
        self._recalled, self._covered = (np.zeros((len(masks), references), dtype=bool) for _ in range(2))

    def nearest(self, rows: slice, nearest: Int[np.ndarray, "rows near"], squared: Float[np.ndarray, "rows near"]) -> None:
        """Sees the neighbours of some points, themselves first: int64 (b, s) and squared distances (b, s), ascending."""
        if not len(self._radii):
            self._radii = np.full(self._masks.shape, -1.0, dtype=squared.dtype)
        line = np.arange(len(nearest))
        for radii, mask in zip(self._radii, self._masks, strict=True):
            within = np.cumsum(mask[nearest], axis=1, dtype=np.int16) > self._k
            last = np.where(within[:, -1], within.argmax(axis=1), nearest.shape[1] - 1)
            radii[rows] = np.where(mask[rows], squared[line, last], -1.0)

    def reach(self) -> Float[np.ndarray, " samples"]:
        """The largest squared radius of each point in any subset, (n,)."""
        return self._radii.max(axis=0)

    def recall(
        self, points: Int[np.ndarray, " pairs"], references: Int[np.ndarray, " pairs"], squared: Float[np.ndarray, " pairs"]
    ) -> None:
        """Sees pairs of a generated and a reference point (int64 each) and their squared distance, all within `reach`."""
        for radii, recalled in zip(self._radii, self._recalled, strict=True):
            recalled[references[squared <= radii[points]]] = True

    def cover(self, points: Int[np.ndarray, " pairs"], references: Int[np.ndarray, " pairs"]) -> None:
        """Sees pairs of a generated point and a reference point whose ball holds it (int64 each)."""
        for mask, covered in zip(self._masks, self._covered, strict=True):
            covered[references[mask[points]]] = True

    def shares(self) -> dict[str, Float64[np.ndarray, " subsets"]]:
        """`recall` and `coverage` of each subset, float64 (T,)."""
        return {"recall": self._recalled.mean(axis=1), "coverage": self._covered.mean(axis=1)}
