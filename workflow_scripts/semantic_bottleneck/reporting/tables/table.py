"""A table as data: one row per cell, so that nothing is lost between the Parquet file and the page."""

import math
from dataclasses import dataclass

import pandas as pd

from semantic_bottleneck.reporting.published import SAMPLES, Published
from semantic_bottleneck.reporting.study import Study
from semantic_bottleneck.reporting.verdicts import NOT_RUN, against_baseline, against_published

COLUMNS = (
    *("table", "section", "row", "model", "variant", "group", "column", "value", "low", "high", "n", "method"),
    *("difference", "difference_low", "difference_high", "difference_verdict"),
    *("published", "published_difference", "verdict", "note"),
)


@dataclass(frozen=True)
class Table:
    """A tidy frame (columns: COLUMNS), its title and the sentences below it.

    `section` groups rows (the model, where a table has several); `group` groups columns (y + t and y in Table 4).
    """

    name: str
    title: str
    frame: pd.DataFrame
    footnotes: tuple[str, ...]


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval (NaN where there is none), sample size and method."""

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    n: float = math.nan
    method: str = ""
    note: str = ""


ABSENT = Estimate()


def estimate_from(row: pd.Series) -> Estimate:
    """An Estimate from a row of a geometry or scores frame."""
    return Estimate(
        *(float(row[name]) for name in ("value", "low", "high", "n")), method=str(row["method"]), note=str(row.get("note", "") or "")
    )


@dataclass(frozen=True)
class CellMaker:
    """Fills the columns that every cell of one table shares."""

    table: str
    study: Study
    published: Published

    def cell(
        self,
        *,
        row: str,
        model: str,
        variant: str,
        metric: str,
        estimate: Estimate = ABSENT,
        difference: Estimate = ABSENT,
        section: str = "",
        group: str = "",
        note: str = "",
        published_variant: str | None = None,
    ) -> dict:
        """One row of the tidy frame; `published_variant` names the published row beside it (default: the same name).

        A model that was not run gets its reason as the note.
        """
        reason = self.study.not_run.get(model)
        compared = self.study.compares_with.get(model, model)
        printed = self.published.lookup(self.table, compared, published_variant or variant, metric)
        verdict = against_published(
            metric,
            estimate.value,
            estimate.low,
            estimate.high,
            printed,
            same_model=self.study.same_model(model),
            n=estimate.n,
            published_n=SAMPLES.get(self.table),
        )
        notes = [text for text in (note, estimate.note, f"paper: {printed.note}" if printed and printed.note else "") if text]
        return {
            "table": self.table,
            "section": section,
            "row": row,
            "model": model,
            "variant": variant,
            "group": group,
            "column": metric,
            "value": estimate.value,
            "low": estimate.low,
            "high": estimate.high,
            "n": estimate.n,
            "method": estimate.method,
            "difference": difference.value,
            "difference_low": difference.low,
            "difference_high": difference.high,
            "difference_verdict": against_baseline(metric, difference.value, difference.low, difference.high),
            "published": printed.value if printed else math.nan,
            "published_difference": estimate.value - printed.value if printed else math.nan,
            "verdict": NOT_RUN if reason else verdict,
            "note": reason if reason else "; ".join(notes),
        }

    def table_of(self, title: str, cells: list[dict], footnotes: list[str]) -> Table:
        """Collect cells; footnotes that every table needs are added."""
        frame = pd.DataFrame(cells, columns=list(COLUMNS))
        extra = _published_footnotes(frame, self.study)
        return Table(self.table, title, frame, tuple(footnotes + extra))


def _published_footnotes(frame: pd.DataFrame, study: Study) -> list[str]:
    footnotes = []
    others = [model for model in dict.fromkeys(frame["model"]) if not study.same_model(model)]
    if others and frame["published"].notna().any():
        pairs = ", ".join(f"{study.title(model)} beside {study.compares_with[model]}" for model in others)
        footnotes.append(
            f"The paper's numbers belong to other, far larger models ({pairs}): they stand beside for orientation and get no verdict."
        )
    for model, reason in study.not_run.items():
        if model in set(frame["model"]):
            footnotes.append(f"{study.title(model)} was not run: {reason}")
    return footnotes
