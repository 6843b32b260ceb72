"""The loss files of rule train_dier."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from semantic_bottleneck.reporting.dier.measured import read_with_origin


def read_logs(paths: Sequence[str]) -> dict[tuple[str, str], list[pd.DataFrame]]:
    """(data, variant) -> the log of each replicate, in order; files are `<data>/<variant>.s<replicate>.loss.parquet`."""
    logs: dict[tuple[str, str], list[pd.DataFrame]] = {}
    for path in map(Path, paths):
        variant = path.name.removesuffix(".loss.parquet").rpartition(".s")[0]
        logs.setdefault((path.parent.name, variant), []).append(read_with_origin(path))
    return logs
