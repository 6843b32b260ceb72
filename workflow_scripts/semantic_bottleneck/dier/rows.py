"""Rows of the measures file, which rules probe_dier and probe_inputs write."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from semantic_bottleneck.files import parquet
from semantic_bottleneck.uncertainty.shares import paired_interval, share_interval

COLUMNS = ("quantity", "timestep", "detail", "share", "value", "low", "high", "n", "method")


class MeasureRows:
    """Rows under COLUMNS, gathered in order; `timestep` -1 and `share` NaN where there is none."""

    def __init__(self) -> None:
        self.rows: list[dict] = []

    def add(
        self,
        quantity: str,
        value: float,
        timestep: int = -1,
        detail: str = "",
        share: float = float("nan"),
        low: float = float("nan"),
        high: float = float("nan"),
        n: int = 0,
        method: str = "",
    ) -> None:
        """One row."""
        values = (quantity, timestep, detail, share, float(value), low, high, n, method)
        self.rows.append(dict(zip(COLUMNS, values, strict=True)))

    def accuracy(self, quantity: str, correct: np.ndarray, timestep: int = -1, detail: str = "", share: float = float("nan")):
        """The share of True in (n,) with Wilson's interval over test images."""
        low, high = share_interval(int(correct.sum()), len(correct))
        self.add(quantity, correct.mean(), timestep, detail, share, low, high, len(correct), "Wilson, over test images")

    def paired(self, quantity: str, correct: np.ndarray, other: np.ndarray, timestep: int) -> None:
        """A difference of accuracies on the same test images."""
        value, low, high = paired_interval(correct, other)
        self.add(quantity, value, timestep, low=low, high=high, n=len(correct), method="paired over test images")


def write_measures(path: str | Path, rows: MeasureRows, data: str, run: Mapping[str, Any], metadata: Mapping[str, str]) -> None:
    """Rows with their data, variant and replicate; `metadata` says which libraries measured and which weights."""
    count = len(rows.rows)
    owners = {"data": [data] * count, "variant": [run["variant"]] * count, "replicate": [run["replicate"]] * count}
    parquet.write(path, owners | {name: [row[name] for row in rows.rows] for name in COLUMNS}, metadata)
