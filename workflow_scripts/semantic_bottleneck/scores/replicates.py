"""What a paired difference needs of the baseline: each score without each group, kept so that nothing is scored twice."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from semantic_bottleneck.arrays import Int
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import parquet
from semantic_bottleneck.scores.measure import Score
from semantic_bottleneck.uncertainty.halves import Halves
from semantic_bottleneck.uncertainty.jackknife import Deletions

COLUMNS = ("metric", "method", "n", "note", "value", "half", "group", "stratum", "size", "without")
WHOLE = -1
"""Stands for all samples in the column `half`, and for all groups in the column `group`."""


@dataclass(frozen=True)
class Replicates:
    """The scores of one variant with their deletions.

    Attributes:
        samples: digest of the sample indices and labels that were scored.
        scores: by metric.
    """

    samples: str
    scores: Mapping[str, Score]


def digest(samples: Int[np.ndarray, " samples"], labels: Int[np.ndarray, " samples"]) -> str:
    """SHA-256 of sample indices and labels, int64 (n,) each, in sample order."""
    content = np.stack([samples, labels]).astype("<i8")
    return hashlib.sha256(content.tobytes()).hexdigest()


def to_columns(replicates: Replicates) -> dict[str, list]:
    """One row for each metric and group: metric, method, n, note, value (of all samples), group, stratum, size, without.

    Scores taken on halves too have more rows: `half` numbers the halves, two for each split. A row with group -1 holds the
    `value` of a half; where groups were left out of it, there is a row for each of them. Rows of all samples have half -1.
    """
    rows = []
    for metric, score in replicates.scores.items():
        common, found = (metric, score.method, score.n, score.note), score.deletions
        strata = found.blocks().tolist()
        columns = range(len(found.sizes)), strata, found.sizes.tolist(), found.without.tolist()
        rows += [(*common, found.value, WHOLE, *row) for row in zip(*columns, strict=True)]
        if found.halves is not None:
            rows += [(*common, *row) for row in _rows_of(found.halves, strata)]
    return {column: [row[index] for row in rows] for index, column in enumerate(COLUMNS)}


def from_columns(columns: Mapping[str, np.ndarray], samples: str) -> Replicates:
    """The inverse of `to_columns`.

    Raises:
        UserError: a column is missing.
    """
    missing = set(COLUMNS) - set(columns)
    if missing:
        raise UserError(f"The replicates of the baseline lack the column {min(missing)}; score the baseline again.")
    metrics, scores = np.asarray(columns["metric"]), {}
    for metric in dict.fromkeys(metrics):
        chosen = {name: np.asarray(values)[metrics == metric] for name, values in columns.items()}
        whole = chosen["half"] == WHOLE
        first = {name: chosen[name][whole][0] for name in ("method", "n", "note", "value")}
        without, sizes, strata = (chosen[name][whole] for name in ("without", "size", "stratum"))
        halves = None if whole.all() else _halves_of(chosen, len(sizes))
        deletions = Deletions(float(first["value"]), without, sizes, strata if strata.any() else None, halves)
        scores[str(metric)] = Score(deletions, str(first["method"]), int(first["n"]), str(first["note"]))
    return Replicates(samples, scores)


def read_replicates(path: str | Path) -> Replicates:
    """Replicates as rule score_variant wrote them."""
    return from_columns(parquet.read(path), parquet.read_metadata(path).get("samples", ""))


def _rows_of(halves: Halves, strata: list[int]) -> list[tuple]:
    """Columns value, half, group, stratum, size, without."""
    rows = [(value, half, WHOLE, WHOLE, 0, np.nan) for half, value in enumerate(halves.values.ravel().tolist())]
    groups = len(strata)
    columns = zip(halves.without.reshape(-1, groups).tolist(), halves.sizes.reshape(-1, groups).tolist(), strict=True)
    for half, (without, sizes) in enumerate(columns):
        places = zip(range(groups), strata, sizes, without, strict=True)
        rows += [(halves.values.flat[half].item(), half, *place) for place in places]
    return rows


def _halves_of(chosen: Mapping[str, np.ndarray], groups: int) -> Halves:
    single, grouped = ((chosen["half"] != WHOLE) & ((chosen["group"] == WHOLE) == alone) for alone in (True, False))
    without, sizes = (chosen[name][grouped].reshape(-1, 2, groups) for name in ("without", "size"))
    return Halves(chosen["value"][single].reshape(-1, 2), without, sizes)
