"""Deletions as rows of a file, so that any two variants can be compared later without scoring anything again."""

from collections.abc import Mapping

import numpy as np

from semantic_bottleneck.uncertainty.halves import Halves
from semantic_bottleneck.uncertainty.jackknife import Deletions

COLUMNS = ("value", "half", "group", "stratum", "size", "without")
ALL = -1
"""Stands for all samples in the column `half`, and for all groups in the column `group`."""


def rows_of(deletions: Deletions) -> list[tuple]:
    """One row for each group: COLUMNS, `value` being that of all samples.

    A statistic taken on halves too has more rows: `half` numbers the halves, two for each split. A row with group -1 holds the
    `value` of a half; where groups were left out of it, there is a row for each of them. Rows of all samples have half -1.
    """
    strata = deletions.blocks().tolist()
    columns = range(len(deletions.sizes)), strata, deletions.sizes.tolist(), deletions.without.tolist()
    rows: list[tuple] = [(deletions.value, ALL, *row) for row in zip(*columns, strict=True)]
    return rows if deletions.halves is None else rows + _rows_of_halves(deletions.halves, strata)


def deletions_of(columns: Mapping[str, np.ndarray]) -> Deletions:
    """The inverse of `rows_of`, from COLUMNS as arrays."""
    whole = columns["half"] == ALL
    without, sizes, strata = (columns[name][whole] for name in ("without", "size", "stratum"))
    halves = None if whole.all() else _halves_of(columns, len(sizes))
    return Deletions(float(columns["value"][whole][0]), without, sizes, strata if strata.any() else None, halves)


def _rows_of_halves(halves: Halves, strata: list[int]) -> list[tuple]:
    rows = [(value, half, ALL, ALL, 0, np.nan) for half, value in enumerate(halves.values.ravel().tolist())]
    groups = len(strata)
    columns = zip(halves.without.reshape(-1, groups).tolist(), halves.sizes.reshape(-1, groups).tolist(), strict=True)
    for half, (without, sizes) in enumerate(columns):
        places = zip(range(groups), strata, sizes, without, strict=True)
        rows += [(halves.values.flat[half].item(), half, *place) for place in places]
    return rows


def _halves_of(columns: Mapping[str, np.ndarray], groups: int) -> Halves:
    single, grouped = ((columns["half"] != ALL) & ((columns["group"] == ALL) == alone) for alone in (True, False))
    without, sizes = (columns[name][grouped].reshape(-1, 2, groups) for name in ("without", "size"))
    return Halves(columns["value"][single].reshape(-1, 2), without, sizes)
