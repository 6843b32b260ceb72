"""What a paired difference needs of the baseline: each score without each group, kept so that nothing is scored twice."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.scores.jackknife import Deletions
from semantic_bottleneck.scores.measure import Score

COLUMNS = ("metric", "method", "n", "note", "value", "group", "stratum", "size", "without")


@dataclass(frozen=True)
class Replicates:
    """The scores of one variant with their deletions.

    Attributes:
        samples: digest of the sample indices and labels that were scored.
        scores: by metric.
    """

    samples: str
    scores: Mapping[str, Score]


def digest(samples: np.ndarray, labels: np.ndarray) -> str:
    """SHA-256 of sample indices and labels, int64 (n,) each, in sample order."""
    content = np.stack([samples, labels]).astype("<i8")
    return hashlib.sha256(content.tobytes()).hexdigest()


def to_columns(replicates: Replicates) -> dict[str, list]:
    """One row for each metric and group: metric, method, n, note, value (of all samples), group, stratum, size, without."""
    rows = []
    for metric, score in replicates.scores.items():
        found = score.deletions
        strata = np.zeros(len(found.sizes), dtype=np.int64) if found.strata is None else found.strata
        columns = range(len(found.sizes)), strata.tolist(), found.sizes.tolist(), found.without.tolist()
        rows += [(metric, score.method, score.n, score.note, found.value, *row) for row in zip(*columns, strict=True)]
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
        chosen = metrics == metric
        first = {name: np.asarray(columns[name])[chosen][0] for name in ("method", "n", "note", "value")}
        without, sizes, strata = (np.asarray(columns[name])[chosen] for name in ("without", "size", "stratum"))
        deletions = Deletions(float(first["value"]), without, sizes, strata if strata.any() else None)
        scores[str(metric)] = Score(deletions, str(first["method"]), int(first["n"]), str(first["note"]))
    return Replicates(samples, scores)
