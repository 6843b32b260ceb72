"""A table as data: one row per cell, so that nothing is lost between the Parquet file and the page."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from semantic_bottleneck.reporting.core.published import SAMPLES, PublishedNumber
from semantic_bottleneck.reporting.core.verdicts import NOT_RUN, against_baseline, against_published, corrected
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate
from semantic_bottleneck.uncertainty.holm import holm
from semantic_bottleneck.uncertainty.origins import COLUMNS as ORIGIN_COLUMNS
from semantic_bottleneck.uncertainty.origins import CellOrigin, joined

COLUMNS = (
    *("table", "section", "row", "model", "variant", "group", "column", "value", "low", "high", "n", "method"),
    *("difference", "difference_low", "difference_high", "difference_p", "difference_p_adjusted", "difference_verdict"),
    *("published", "published_difference", "published_model", "verdict", "note"),
)


@dataclass(frozen=True)
class Table:
    """A tidy frame (columns: COLUMNS), its title, the sentences below it, and where each of its rows comes from.

    `section` groups rows (the model, where a table has several); `group` groups columns (y + t and y in Table 4).
    `origins` has the rows of `frame` and the columns of `origins.COLUMNS`, which only the Parquet file and the pages show.
    """

    name: str
    title: str
    frame: pd.DataFrame
    footnotes: tuple[str, ...]
    origins: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __post_init__(self) -> None:
        complete = self.origins.reindex(index=self.frame.index, columns=list(ORIGIN_COLUMNS)).fillna("")
        object.__setattr__(self, "origins", complete)

    def only(self, rows: pd.Series) -> "Table":
        """Some of its rows, without the footnotes."""
        parts = (frame[rows].reset_index(drop=True) for frame in (self.frame, self.origins))
        return Table(self.name, self.title, next(parts), (), next(parts))


@dataclass(frozen=True)
class Beside:
    """The published number beside one of ours, and whether it was measured on the same model."""

    number: PublishedNumber | None = None
    model: str = ""
    same_model: bool = True


NOTHING = Beside()
CORRECTION = (
    "{count} differences are judged in this table. Intervals are 95 % each; better and worse are said after Holm's correction "
    "for that many, so a table without any effect has such a word in it with a probability of 5 % at most. Before correction: "
    "zero lies outside the difference's own interval, which happens to one in 20 where nothing differs. The table's files have "
    "both p-values of each difference."
)


@dataclass(frozen=True)
class CellMaker:
    """Fills the columns that every cell of one table has.

    Attributes:
        table: its name.
        not_run: model (or data set) -> why its cells stay empty.
    """

    table: str
    not_run: Mapping[str, str] = field(default_factory=dict)

    def cell(
        self,
        *,
        row: str,
        model: str,
        variant: str,
        metric: str,
        estimate: Estimate = ABSENT,
        difference: Estimate = ABSENT,
        beside: Beside = NOTHING,
        section: str = "",
        group: str = "",
        note: str = "",
    ) -> dict:
        """One row of the tidy frame, and its origin. A model that was not run gets its reason as the note."""
        reason = self.not_run.get(model)
        printed = beside.number
        verdict = against_published(
            metric,
            estimate.value,
            estimate.low,
            estimate.high,
            printed,
            same_model=beside.same_model,
            n=estimate.n,
            published_n=SAMPLES.get(self.table),
        )
        texts = (note, estimate.note, difference.note, f"paper: {printed.note}" if printed and printed.note else "")
        notes = dict.fromkeys(part for text in texts for part in text.split("; ") if part)
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
            "difference_p": difference.p,
            "difference_p_adjusted": math.nan,
            "difference_verdict": against_baseline(metric, difference.value, difference.low, difference.high),
            "published": printed.value if printed else math.nan,
            "published_difference": estimate.value - printed.value if printed else math.nan,
            "published_model": beside.model if printed else "",
            "verdict": NOT_RUN if reason else verdict,
            "note": reason if reason else "; ".join(notes),
        } | origin_columns(estimate, difference, printed)

    def table_of(self, title: str, cells: Sequence[Mapping], footnotes: Sequence[str]) -> Table:
        """Collect cells; verdicts on their differences are corrected for how many there are, and a footnote says so."""
        frame, origins = (pd.DataFrame(cells, columns=list(columns)) for columns in (COLUMNS, ORIGIN_COLUMNS))
        judged = frame["difference_verdict"] != ""
        frame["difference_p_adjusted"] = holm(frame["difference_p"].where(judged).to_numpy(dtype=np.float64))
        pairs = zip(frame["difference_verdict"], frame["difference_p_adjusted"], strict=True)
        frame["difference_verdict"] = [corrected(verdict, adjusted) for verdict, adjusted in pairs]
        count = int(frame["difference_p_adjusted"].notna().sum())
        said = [CORRECTION.format(count=count)] if count else []
        return Table(self.table, title, frame, (*footnotes, *said), origins)


def origin_columns(estimate: Estimate, difference: Estimate = ABSENT, printed: PublishedNumber | None = None) -> dict[str, str]:
    """Where the numbers of a cell come from; what holds no number comes from nowhere."""
    files = joined(*(one.origins for one in (estimate, difference) if not math.isnan(one.value)))
    return CellOrigin(files, printed.source if printed else "").columns()
