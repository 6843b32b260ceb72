"""The comparison of two result folders as a page and as Markdown."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from semantic_bottleneck.reporting.comparison.compare import CHANGED, NO_INTERVAL, ONLY_LEFT, ONLY_RIGHT, SAME, VERDICTS, WITHIN
from semantic_bottleneck.reporting.comparison.tables import verdict_table
from semantic_bottleneck.reporting.core.elements import copies_of, render
from semantic_bottleneck.reporting.core.grid import Grid
from semantic_bottleneck.reporting.core.origin_html import origins_of
from semantic_bottleneck.reporting.core.table import Table
from semantic_bottleneck.reporting.core.verdicts import OTHER_SIZE
from semantic_bottleneck.reporting.core.write import MARKDOWN, escape, markdown

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

    def tables(self) -> dict[str, tuple[Table, Grid]]:
        """Verdict -> the numbers that got it, in the order of VERDICTS."""
        return {verdict: verdict_table(self.frame, verdict) for verdict in self.counts()}

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


def render_html(comparison: Comparison, templates: str | Path) -> str:
    """The page, with nothing outside it (`compare.html.j2`)."""
    tables = comparison.tables()
    entries = {verdict: {"grid": grid, "copies": copies_of(table, grid)} for verdict, (table, grid) in tables.items()}
    origins = origins_of(grid for _, grid in tables.values())
    values = {"comparison": comparison, "entries": entries, "origins": origins}
    return render(templates, "compare.html.j2", **values, meaning=MEANING, unfolded=OPEN, rule=RULE)


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
    for verdict, (table, grid) in comparison.tables().items():
        if verdict != SAME:
            lines += ["", markdown(table, grid).rstrip()]
    return "\n".join([*lines, ""])
