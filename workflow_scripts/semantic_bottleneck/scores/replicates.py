"""What a paired difference needs of a variant: each score without each group, kept so that nothing is scored twice."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from semantic_bottleneck.arrays import Int
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import parquet
from semantic_bottleneck.files.score_columns import WHOLE
from semantic_bottleneck.scores.measure import Score
from semantic_bottleneck.uncertainty import stored

COLUMNS = ("subset", "metric", "method", "n", "note", *stored.COLUMNS)


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


def to_columns(subsets: Mapping[int, Replicates]) -> dict[str, list]:
    """The rows of each metric (`stored.rows_of`) of all samples and of subsets, behind subset, metric, method, n and note."""
    rows = []
    for subset, replicates in subsets.items():
        for metric, score in replicates.scores.items():
            common = subset, metric, score.method, score.n, score.note
            rows += [(*common, *row) for row in stored.rows_of(score.deletions)]
    return {column: [row[index] for row in rows] for index, column in enumerate(COLUMNS)}


def from_columns(columns: Mapping[str, np.ndarray], samples: str, subset: int = WHOLE) -> Replicates:
    """The inverse of `to_columns`, of one subset.

    Args:
        samples: their digest.

    Raises:
        UserError: a column or the subset is missing.
    """
    missing = set(COLUMNS) - set(columns)
    if missing:
        raise UserError(f"The replicates of the baseline lack the column {min(missing)}; score the baseline again.")
    inside = np.asarray(columns["subset"]) == subset
    if not inside.any():
        raise UserError(f"The replicates of the baseline lack its first {subset:,} samples; score the baseline again.")
    columns = {name: np.asarray(values)[inside] for name, values in columns.items()}
    metrics, scores = columns["metric"], {}
    for metric in dict.fromkeys(metrics):
        chosen = {name: values[metrics == metric] for name, values in columns.items()}
        method, n, note = (chosen[name][0] for name in ("method", "n", "note"))
        scores[str(metric)] = Score(stored.deletions_of(chosen), str(method), int(n), str(note))
    return Replicates(samples, scores)


def digests(subsets: Mapping[int, Replicates]) -> str:
    """The metadata `samples` of a file of replicates: the digest of each subset, in JSON."""
    return json.dumps({str(subset): replicates.samples for subset, replicates in subsets.items()})


def read_replicates(path: str | Path, subset: int = WHOLE) -> Replicates:
    """Replicates as rule score_variant wrote them."""
    known = json.loads(parquet.read_metadata(path).get("samples", "{}"))
    return from_columns(parquet.read(path), known.get(str(subset), ""), subset)
