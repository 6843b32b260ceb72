"""The numbers the papers print, from `config/published/*.csv`."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from semantic_bottleneck.errors import UserError

COLUMNS = ("paper", "table", "model", "variant", "window", "side", "tau", "metric", "value", "note")
TITLES = {
    "dit": "DiT", "sit": "SiT", "mdt": "MDT", "lightningdit": "LightningDiT", "mg": "MG", "repa": "REPA", "uvit": "U-ViT",
    "xmdpt-s": "X-MDPT-S", "xmdpt-b": "X-MDPT-B", "xmdpt-l": "X-MDPT-L", "mdsgen-b": "MDSGen-B", "sd3-2b": "SD3 2B",
    "sd3-8b": "SD3 8B", "audioldm": "AudioLDM",
}  # fmt: skip
"""Row names of the paper."""
SAMPLES = {"table2": 5000, "table3": 5000, "table6": 5000}
"""Generated images behind each published table (2602.21596, appendix: 5 per ImageNet class)."""


@dataclass(frozen=True)
class PublishedNumber:
    """One printed number; `half_unit` is half a unit of its last printed decimal, `source` the file and table it stands in."""

    value: float
    half_unit: float
    note: str
    source: str = ""


class Published:
    """Look-up by (table, model, variant, metric)."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        usual: dict[tuple[str, str], int] = {}
        for key, group in frame.groupby(["table", "metric"], sort=False):
            usual[key] = Counter(decimals(text) for text in group["printed"]).most_common(1)[0][0]
        self._numbers = {
            (row.table, row.model, row.variant, row.metric): PublishedNumber(
                row.value,
                0.5 * 10.0 ** -max(decimals(row.printed), usual[row.table, row.metric]),
                row.note,
                f"{row.file}, {row.table.replace('table', 'Table ')}",
            )
            for row in frame.itertuples()
        }

    def lookup(self, table: str, model: str, variant: str, metric: str) -> PublishedNumber | None:
        """The printed number, or None where the paper prints none."""
        return self._numbers.get((table, model, variant, metric))


def decimals(printed: str) -> int:
    """Digits behind the point of a number as printed."""
    return len(printed.partition(".")[2])


def load_published(paths: Iterable[str | Path]) -> Published:
    """Read the CSV files into one look-up; tables are named `table1`, `table2`, ...

    A trailing zero is lost in the CSV (7.169 for 7.1690), so a number's precision is the usual one of its table's column,
    or its own where it has more decimals.

    Raises:
        UserError: a file lacks a column, holds a value that is no number or the same number twice.
    """
    frames = []
    for path in paths:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        missing = [name for name in COLUMNS if name not in frame.columns]
        if missing:
            raise UserError(f"{path} lacks the column {missing[0]!r}; it needs {', '.join(COLUMNS)}.")
        values = pd.to_numeric(frame["value"], errors="coerce")
        if values.isna().any():
            line = int(values.isna().to_numpy().argmax()) + 2
            raise UserError(f"{path}, line {line}: {frame['value'][line - 2]!r} is not a number.")
        printed = frame["value"]
        frames.append(frame.assign(table="table" + frame["table"], printed=printed, value=values, file=str(path)))
    frame = pd.concat(frames, ignore_index=True)
    twice = frame.duplicated(["table", "model", "variant", "metric"])
    if twice.any():
        row = frame[twice].iloc[0]
        raise UserError(f"The published value {row['table']}, {row['model']}, {row['variant']}, {row['metric']} stands twice.")
    return Published(frame)
