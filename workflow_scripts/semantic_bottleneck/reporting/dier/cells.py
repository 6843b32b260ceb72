"""Rows of a DiER table in the columns that every table has."""

import math

import pandas as pd

from semantic_bottleneck.reporting.core.table import COLUMNS, Table, origin_columns
from semantic_bottleneck.reporting.core.verdicts import NOT_RUN
from semantic_bottleneck.reporting.dier.measured import Measured
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate
from semantic_bottleneck.uncertainty.origins import COLUMNS as ORIGIN_COLUMNS

INTERVALS = (
    "Intervals are over replicates (Student t, 95 %): each has its own training seed and, on data without an official test "
    "part, its own held-out fold, on which it never trained. Only the column “all test images” pools the replicates' images "
    "(Wilson)."
)


def cell(
    table: str, section: str, row: str, data: str, variant: str, column: str, estimate: Estimate = ABSENT, note: str = ""
) -> dict:
    """One cell; nothing is published beside it."""
    blank = dict.fromkeys(COLUMNS, "") | dict.fromkeys(
        ("difference", "difference_low", "difference_high", "published", "published_difference"), math.nan
    )
    numbers = {"value": estimate.value, "low": estimate.low, "high": estimate.high, "n": estimate.n, "method": estimate.method}
    names = {"table": table, "section": section, "row": row, "model": data, "variant": variant, "column": column, "note": note}
    return blank | numbers | names | origin_columns(estimate)


def table_of(name: str, title: str, cells: list[dict], footnotes: list[str], measured: Measured) -> Table:
    """Cells and, for each data set that was not run, a row that says why."""
    columns = list(dict.fromkeys(entry["column"] for entry in cells)) or ["lpa"]
    for data, reason in measured.study["not_run"].items():
        title_of = measured.title(data)
        for column in columns:
            cells.append(cell(name, title_of, "any", data, "", column, note=reason) | {"verdict": NOT_RUN})
    frame, origins = (pd.DataFrame(cells, columns=list(columns)) for columns in (COLUMNS, ORIGIN_COLUMNS))
    return Table(name, title, frame, tuple(footnotes), origins)
