"""Scores without each group of samples, as rule score_variant left them: any two variants of a model can be compared."""

from pathlib import Path

import pandas as pd

from semantic_bottleneck.files import parquet
from semantic_bottleneck.files.score_columns import WHOLE
from semantic_bottleneck.uncertainty.estimates import Estimate
from semantic_bottleneck.uncertainty.metric_interval import metric_interval
from semantic_bottleneck.uncertainty.origins import read_origin
from semantic_bottleneck.uncertainty.stored import COLUMNS, deletions_of

Replicates = dict[str, dict]
"""Metric -> columns of its rows (`stored.COLUMNS` and `n`), of all samples."""


def read_replicates(path: str | Path) -> Replicates:
    """`results/<study>/replicates/<model>/<variant>.parquet`."""
    frame = pd.DataFrame(parquet.read(path, ["subset", "metric", "n", *COLUMNS]))
    frame = frame[frame["subset"] == WHOLE]
    return {
        str(metric): {name: rows[name].to_numpy() for name in ("n", *COLUMNS)}
        for metric, rows in frame.groupby("metric", sort=False)
    }


def compared(first: str | Path, second: str | Path, metric: str, read: dict[str, Replicates]) -> Estimate | None:
    """The paired difference first - second of one metric over the same samples, by deleting the same groups from both.

    Args:
        first, second: files of two variants of one model.
        read: files that were read already; grows.

    Returns:
        None where one of them lacks the metric.
    """
    for path in map(str, (first, second)):
        if path not in read:
            read[path] = read_replicates(path)
    sides = [read[str(path)].get(metric) for path in (first, second)]
    if sides[0] is None or sides[1] is None:
        return None
    deletions, n = deletions_of(sides[0]) - deletions_of(sides[1]), int(sides[0]["n"][0])
    found = metric_interval(deletions, metric, n, "difference")
    method = f"paired delete-group jackknife of both variants, {len(deletions.sizes)} groups"
    origins = tuple(read_origin(path) for path in (first, second))
    return Estimate(found.value, found.low, found.high, n, method, origins=origins, p=found.p_value)
