"""The comparison of two result folders as a page and as Markdown."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from semantic_bottleneck.reporting.comparison.compare import CHANGED, NO_INTERVAL, ONLY_LEFT, ONLY_RIGHT, SAME, VERDICTS, WITHIN
from semantic_bottleneck.reporting.core.elements import render
from semantic_bottleneck.reporting.core.verdicts import OTHER_SIZE
from semantic_bottleneck.reporting.core.vocabulary import GEOMETRY_KINDS, decimals_for, interval, measure, number
from semantic_bottleneck.reporting.core.write import MARKDOWN, escape
from semantic_bottleneck.uncertainty.origins import PARTS, CellOrigin, Origin

MEANING = {
    CHANGED: "zero lies outside the interval of the difference",
    OTHER_SIZE: "the metric's expectation depends on the number of samples, which differs",
    NO_INTERVAL: "the values differ, and one of them has no interval",
    ONLY_LEFT: "the right folder lacks the number",
    ONLY_RIGHT: "the left folder lacks the number",
    WITHIN: "zero lies inside the interval of the difference",
    SAME: "equal to the last bit",
}
OPEN = (CHANGED, OTHER_SIZE, NO_INTERVAL)
"""Verdicts whose rows are shown unfolded."""
RULE = (
    "The difference is right minus left. Its interval joins the two 95 % intervals as those of independent runs (half widths "
    "added in quadrature); runs that share their random numbers vary less, so “changed” is then on the safe side."
)


@dataclass(frozen=True)
class Line:
    """One row: where the number stands, both values and their difference as printed, and the exact ones."""

    model: str
    variant: str
    metric: str
    values: tuple[tuple[float, str, str], ...]
    """Left, right and difference: exact value, text, text of the interval; NaN and empty where absent."""
    direction: str
    origins: tuple[CellOrigin | None, ...]
    """Of the left and the right number; the difference has none of its own."""


@dataclass(frozen=True)
class Comparison:
    """What the page shows.

    Attributes:
        left, right: the folders.
        frame: from `comparison.compare`.
        verdicts, settings: from `changed_verdicts` and `changed_settings`.
    """

    left: str
    right: str
    frame: pd.DataFrame
    verdicts: Sequence[tuple[str, str, str]]
    settings: Sequence[tuple[str, str, str]]

    def counts(self) -> dict[str, int]:
        """Verdict -> how many numbers got it, in the order of VERDICTS."""
        counts = Counter(self.frame["verdict"])
        return {verdict: counts[verdict] for verdict in VERDICTS if counts[verdict]}

    def lines(self, verdict: str) -> list[Line]:
        """The rows of one verdict."""
        return [_line(row) for row in self.frame[self.frame["verdict"] == verdict].to_dict("records")]

    def origins(self) -> list[CellOrigin]:
        """The origins of all numbers, each once."""
        origins = (origin for line in map(_line, self.frame.to_dict("records")) for origin in line.origins if origin)
        return list(dict.fromkeys(origins))

    def summary(self) -> str:
        """What the counts amount to, in sentences."""
        counts = self.counts()
        compared = counts.get(CHANGED, 0) + counts.get(WITHIN, 0)
        if not compared:
            return f"No number with an interval differs; {counts.get(SAME, 0)} are identical."
        return (
            f"{counts.get(CHANGED, 0)} of {compared} numbers that differ and have intervals changed beyond them; if nothing "
            f"but chance differed, about {math.ceil(0.05 * compared)} would. {counts.get(SAME, 0)} are identical."
        )


def _line(row: Mapping[str, Any]) -> Line:
    metric, change = row["metric"], row["quantity"] == "difference"
    values = []
    for side in ("left", "right", "difference"):
        low, high = row[f"{side}_low"], row[f"{side}_high"]
        decimals, signed = decimals_for(metric, low, high), change or side == "difference"
        exact = row[side]
        text = "" if math.isnan(exact) else number(metric, exact, decimals, signed=signed)
        values.append((exact, text, interval(metric, low, high, decimals, signed=signed)))
    label = f"Δ {measure(metric).label}" if change else measure(metric).label
    origins = (*(_origin(row, side) for side in ("left", "right")), None)
    variant = GEOMETRY_KINDS.get(row["variant"], row["variant"])
    return Line(row["model"], variant, label, tuple(values), row["direction"], origins)


def _origin(row: Mapping[str, Any], side: str) -> CellOrigin | None:
    parts = [row[f"{side}_{part}"] for part in PARTS]
    return CellOrigin((Origin(*parts),)) if any(parts) else None


def render_html(comparison: Comparison, templates: str | Path) -> str:
    """The page, with nothing outside it (`compare.html.j2`)."""
    return render(templates, "compare.html.j2", comparison=comparison, meaning=MEANING, unfolded=OPEN, rule=RULE)


def render_markdown(comparison: Comparison) -> str:
    """The same for a terminal or a pull request; identical numbers are only counted."""
    lines = [f"# {comparison.left} against {comparison.right}", "", comparison.summary(), "", RULE, ""]
    lines += ["| Verdict | Numbers | Meaning |", "|---|---:|---|"]
    lines += [f"| {verdict} | {count} | {MEANING[verdict]} |" for verdict, count in comparison.counts().items()]
    for heading, first, rows in (
        ("Claims with another verdict", "Claim", comparison.verdicts),
        ("Settings that differ", "Setting", comparison.settings),
    ):
        if rows:
            lines += ["", f"## {heading}", "", f"| {first} | Left | Right |", "|---|---|---|"]
            lines += ["| " + " | ".join(escape(text, MARKDOWN) for text in row) + " |" for row in rows]
    for verdict in comparison.counts():
        if verdict != SAME:
            lines += ["", f"## {verdict[0].upper()}{verdict[1:]}", "", *_markdown_rows(comparison.lines(verdict))]
    return "\n".join([*lines, ""])


def _markdown_rows(rows: Sequence[Line]) -> list[str]:
    lines = ["| Model | Variant | Metric | Left | Right | Difference | |", "|---|---|---|---:|---:|---:|---|"]
    for row in rows:
        texts = [(text or "—") + (f" [{ends}]" if ends else "") for _, text, ends in row.values]
        cells = (row.model, row.variant, row.metric, *texts, row.direction)
        lines.append("| " + " | ".join(escape(cell, MARKDOWN) for cell in cells) + " |")
    return lines
