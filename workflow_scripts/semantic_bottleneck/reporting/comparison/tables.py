"""The compared numbers of one verdict as a table like any other, for pages, Markdown and the clipboard."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from semantic_bottleneck.reporting.core.grid import Cell, Grid, Number, Row
from semantic_bottleneck.reporting.core.table import Table
from semantic_bottleneck.reporting.core.vocabulary import GEOMETRY_KINDS, decimals_for, interval, margin, measure, number
from semantic_bottleneck.uncertainty.origins import PARTS, CellOrigin, Origin

HEADS = ("Metric", "Left", "Right", "Difference", "Direction")
SIDES = ("left", "right", "difference")


def verdict_table(frame: pd.DataFrame, verdict: str) -> tuple[Table, Grid]:
    """The rows of one verdict, exact and as read.

    Args:
        frame: from `comparison.compare`.
    """
    rows = frame[frame["verdict"] == verdict].reset_index(drop=True)
    exact = rows.drop(columns=[f"{side}_{part}" for side in ("left", "right") for part in PARTS])
    # Only a change has a direction.
    heads = HEADS if (rows["direction"] != "").any() else HEADS[:-1]
    shown = tuple(_row(row, len(heads)) for row in rows.to_dict("records"))
    numeric = tuple(head.lower() in SIDES for head in heads)
    grid = Grid("Model, variant", tuple(("", head) for head in heads), numeric, shown)
    return Table(verdict.replace(" ", "_"), verdict[0].upper() + verdict[1:], exact, ()), grid


def _row(row: Mapping[str, Any], columns: int) -> Row:
    label = measure(row["metric"]).label
    cells = [Cell(note=f"Δ {label}" if row["quantity"] == "difference" else label)]
    cells += [_cell(row, side) for side in SIDES] + [Cell(verdict=row["direction"])]
    return Row(f"{row['model']}, {GEOMETRY_KINDS.get(row['variant'], row['variant'])}", "", tuple(cells[:columns]))


def _cell(row: Mapping[str, Any], side: str) -> Cell:
    metric, value, low, high = row["metric"], row[side], row[f"{side}_low"], row[f"{side}_high"]
    if math.isnan(value):
        return Cell()
    decimals, signed = decimals_for(metric, low, high), side == "difference" or row["quantity"] == "difference"
    text, bare = (number(metric, value, decimals, signed=signed, unit=unit) for unit in (True, False))
    return Cell(
        model=row["model"],
        variant=row["variant"],
        column=side,
        value=Number(value, text, text.removeprefix(bare)),
        margin=margin(metric, value, low, high, decimals),
        interval=interval(metric, low, high, decimals, signed=signed),
        origin=_origin(row, side),
    )


def _origin(row: Mapping[str, Any], side: str) -> CellOrigin | None:
    """Of the left and the right number; the difference has none of its own."""
    parts = [row.get(f"{side}_{part}", "") for part in PARTS]
    return CellOrigin((Origin(*parts),)) if any(parts) else None
