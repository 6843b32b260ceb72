"""The human form of a table: a grid of cells, from which Markdown, LaTeX and HTML are made."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from semantic_bottleneck.reporting.core.table import Table
from semantic_bottleneck.reporting.core.verdicts import NOT_RUN, OTHER_MODEL
from semantic_bottleneck.reporting.core.vocabulary import decimals_for, heading, interval, margin, measure, number
from semantic_bottleneck.uncertainty.origins import CellOrigin, cell_origin

UNSHOWN = ("table", "model", "variant", "difference")
"""Columns of a plain table that only its files have."""
FINER = 2
"""Decimals that a paired difference may have beyond its metric's own."""


@dataclass(frozen=True)
class Number:
    """A number with its exact value and how it is printed; `unit` is the end of `text`."""

    exact: float
    text: str
    unit: str = ""


@dataclass(frozen=True)
class Cell:
    """One cell; texts are empty and numbers None where there is nothing to say. The first three say where it stands."""

    model: str = ""
    variant: str = ""
    column: str = ""
    value: Number | None = None
    margin: str = ""
    """Half width of the interval, with the value's decimals."""
    interval: str = ""
    difference: Number | None = None
    """To the baseline, paired; with interval and verdict below."""
    difference_interval: str = ""
    difference_verdict: str = ""
    published: Number | None = None
    published_difference: Number | None = None
    verdict: str = ""
    note: str = ""
    marked: bool = False
    """Its notes stand below the table."""
    origin: CellOrigin | None = None


@dataclass(frozen=True)
class Row:
    """`reason` says why nothing of ours stands in the row, where that is so; `anchor` is its place on a page."""

    label: str
    section: str
    cells: tuple[Cell, ...]
    reason: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class Grid:
    """`heads` are (group, label) per column; `corner` heads the row labels; `numeric` says which columns hold numbers.

    `notes` are the sentences about marked cells, each with the cells it is about.
    """

    corner: str
    heads: tuple[tuple[str, str], ...]
    numeric: tuple[bool, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    @property
    def measured(self) -> bool:
        """Does any cell say more than its value: an interval, a difference, a published number?"""
        return any(cell.interval or cell.difference or cell.published for row in self.rows for cell in row.cells)

    def sections(self) -> Iterator[tuple[str, list[Row]]]:
        """Rows under their section heading, in order; without headings where all rows share one."""
        names = list(dict.fromkeys(row.section for row in self.rows))
        if len(names) < 2:
            yield "", list(self.rows)
            return
        for name in names:
            yield name, [row for row in self.rows if row.section == name]


def grid_of(table: Table) -> Grid:
    """Pivot a table: rows by (section, row), columns by (group, column), both in order of appearance."""
    if "column" not in table.frame.columns:
        return _plain(table)
    frame = table.frame
    heads = list(dict.fromkeys(zip(frame["group"], frame["column"], strict=True)))
    heads = [head for head in heads if not _empty(frame, head)]
    # Where every column belongs to a group, groups may differ by the variant; else a row is of one variant.
    grouped = (frame["group"] != "").all()
    cells = {
        (row["section"], row["model"], "" if grouped else row["variant"], row["row"], row["group"], row["column"]): row
        for row in pd.concat([frame, table.origins], axis=1).to_dict("records")
    }
    keys = list(dict.fromkeys(key[:4] for key in cells))
    rows = []
    for place, key in enumerate(keys):
        records = [cells.get((*key, *head)) for head in heads]
        reasons = {record["note"] for record in records if record and record["verdict"] == NOT_RUN}
        made = tuple(_cell(record) if record else Cell() for record in records)
        reason = f"{NOT_RUN}: {reasons.pop()}" if len(reasons) == 1 else ""
        rows.append(Row(key[3], key[0], made, reason, f"{table.name}-{place}"))
    labels = tuple((group, heading(column)) for group, column in heads)
    corner = "Model" if frame["variant"].isin(["y+t", "y"]).all() else "Variant"
    corner = "Timestep" if frame["row"].str.startswith("t = ").any() else corner
    return Grid(corner, labels, (True,) * len(heads), tuple(rows), _notes(frame[frame["value"].notna()]))


def _notes(frame: pd.DataFrame) -> tuple[str, ...]:
    """Each distinct note of cells that hold a number, and where it applies."""
    about: dict[str, dict[str, list[str]]] = {}
    several = frame["section"].nunique() > 1
    for row in frame.to_dict("records"):
        for note in filter(None, row["note"].split("; ")):
            name = f"{row['section']} {row['row']}" if several else row["row"]
            about.setdefault(note, {}).setdefault(measure(row["column"]).label, []).append(name)
    counts = frame["column"].map(lambda name: measure(name).label).value_counts()
    lines = []
    for note, columns in about.items():
        where = [
            f"{label} of {'every row' if len(names) == counts[label] > 1 else ', '.join(names)}"
            for label, names in columns.items()
        ]
        lines.append(f"{'; '.join(where)}: {note}.")
    return tuple(lines)


def _empty(frame: pd.DataFrame, head: tuple[str, str]) -> bool:
    """A column without a number of ours or of the paper, unless some model was not run."""
    cells = frame[(frame["group"] == head[0]) & (frame["column"] == head[1])]
    return bool(cells[["value", "published"]].isna().all(axis=None) and (cells["verdict"] != NOT_RUN).all())


def _cell(record: dict) -> Cell:
    metric, value = record["column"], record["value"]
    decimals = decimals_for(metric, record["low"], record["high"])
    if metric == "threshold":
        decimals = 4 if math.isnan(value) or abs(value) < 1 else 3
    changed = not math.isnan(record["difference"])
    by = decimals_for(metric, record["difference_low"], record["difference_high"], finer=FINER)
    return Cell(
        model=record["model"],
        variant=record["variant"],
        column=metric,
        value=None if math.isnan(value) else Number(value, number(metric, value, decimals), measure(metric).suffix),
        margin=margin(metric, value, record["low"], record["high"], decimals),
        interval=interval(metric, record["low"], record["high"], decimals),
        difference=Number(record["difference"], number(metric, record["difference"], by, signed=True)) if changed else None,
        difference_interval=interval(metric, record["difference_low"], record["difference_high"], by, signed=True)
        if changed
        else "",
        difference_verdict=record["difference_verdict"],
        published=None
        if math.isnan(record["published"])
        else Number(record["published"], _as_printed(metric, record["published"])),
        published_difference=_gap(record),
        verdict="" if record["verdict"] in (OTHER_MODEL, NOT_RUN) else record["verdict"],
        note=record["note"] if math.isnan(value) and record["verdict"] != NOT_RUN else "",
        marked=bool(record["note"]) and not math.isnan(value),
        origin=cell_origin(record),
    )


def _gap(record: dict) -> Number | None:
    """Ours minus the published number, where both are of the same model."""
    gap = record["published_difference"]
    if math.isnan(gap) or record["verdict"] == OTHER_MODEL:
        return None
    return Number(gap, number(record["column"], gap, signed=True))


def _as_printed(metric: str, value: float) -> str:
    """A published number with the digits it was printed with."""
    return f"{value:.10g}" + measure(metric).suffix


def _plain(table: Table) -> Grid:
    """A frame without pivot (the audit): its own columns but UNSHOWN, the first one as row label.

    The first number of a row tells the row's origin.
    """
    frame = table.frame.drop(columns=[name for name in UNSHOWN if name in table.frame.columns])
    names = list(frame.columns)
    numeric = tuple(pd.api.types.is_numeric_dtype(frame[name]) for name in names[1:])
    rows = []
    for record, source in zip(frame.itertuples(index=False), table.origins.to_dict("records"), strict=True):
        cells, origin = [], cell_origin(source)
        for name, value, is_number in zip(names[1:], record[1:], numeric, strict=True):
            if is_number:
                printed = Number(float(value), f"{value:.5g}".replace("-", "−"))
                cells.append(Cell(column=name, value=printed, origin=origin))
                origin = None
            else:
                cells.append(Cell(verdict=value) if name == "status" else Cell(note=value))
        rows.append(Row(str(record[0]), "", tuple(cells)))
    heads = tuple(("", name.replace("_", " ").capitalize()) for name in names[1:])
    return Grid(names[0].capitalize(), heads, numeric, tuple(rows))
