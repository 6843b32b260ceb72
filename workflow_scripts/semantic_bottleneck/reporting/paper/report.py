"""The report: one HTML page that needs nothing beside itself."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from semantic_bottleneck.reporting.core.claim import Claim
from semantic_bottleneck.reporting.core.elements import entry_of, picture_entry, places_of, regenerate, render, table_entry
from semantic_bottleneck.reporting.core.facts import BASELINE, ReportFacts
from semantic_bottleneck.reporting.core.grid import grid_of
from semantic_bottleneck.reporting.core.origin_html import origins_of
from semantic_bottleneck.reporting.core.style import Drawing
from semantic_bottleneck.reporting.core.summary import summary
from semantic_bottleneck.reporting.core.table import Table
from semantic_bottleneck.reporting.core.verdicts import CLOSE, DIFFERS, OTHER_MODEL, OTHER_SIZE, REPRODUCED
from semantic_bottleneck.reporting.core.verdicts import NOT_RUN as NUMBER_NOT_RUN
from semantic_bottleneck.reporting.core.vocabulary import with_interval
from semantic_bottleneck.reporting.core.write import FORMS
from semantic_bottleneck.reporting.paper.heatmaps import Heatmap
from semantic_bottleneck.reporting.paper.so_far import SoFar
from semantic_bottleneck.reporting.paper.strip import Strip
from semantic_bottleneck.reporting.paper.tables.audit import HOLDS as IDENTITY_HOLDS
from semantic_bottleneck.reporting.paper.tables.controls import NAME as CONTROLS
from semantic_bottleneck.study.exhibits import LOCALISATION, LOCALISATION_TRAININGS

HEADLINES = ("figure1", "figure_pruning", "figure_localisation")
SECTIONS = ("audit", CONTROLS)
"""Tables that stand in a section of their own."""
HISTORY = "/training.parquet"
"""How the files that Figure 12 shows, and no table, end."""
SEEDS = ("seeds", "trainings", LOCALISATION_TRAININGS)
"""Tables whose numbers are means over trainings."""
ALIASES = (*(f"table{number}" for number in range(1, 8)), LOCALISATION)
"""Tables that are targets of the workflow under their own name; everything else is asked for by its path."""


def report_page(
    facts: ReportFacts,
    tables: Sequence[Table],
    figures: Sequence[Drawing],
    claims: Sequence[Claim],
    provenance: Mapping[str, Any],
    captions: Mapping[str, str],
    templates: str | Path,
    heatmaps: Sequence[Heatmap] = (),
    strip: Strip | None = None,
    so_far: SoFar | None = None,
) -> str:
    """The whole page.

    Args:
        tables: in the order of the page; those named in SECTIONS get their own sections.
        figures: in the order of the page; HEADLINES also stand on the first screen.
        provenance: text, numbers, mappings of them (a list of terms) or lists of mappings (a table), under their headings.
        captions: name of a table or figure -> plain text (from `read_captions`).
        templates: folder of `report.html.j2`, `style.css` and `report.js`.
        heatmaps: what can be looked up below Figure 3.
        strip: pictures of the first screen.
        so_far: how far the run is, where the page is about one in progress.

    Returns:
        HTML without references to anything outside the page, except links.
    """
    shown = [table for table in tables if table.name not in SECTIONS]
    audit, controls = (next((table for table in tables if table.name == name), None) for name in SECTIONS)
    pictures = [picture_entry(drawing, captions, _command(drawing.name, facts)) for drawing in figures]
    entries = [table_entry(table, captions, _command(table.name, facts)) for table in shown]
    audited = _audit(audit, facts, captions) if audit else None
    controlled = _controls(controls, facts) if controls else None
    histories = {HISTORY: "figure12"} if any(entry["name"] == "figure12" for entry in pictures) else {}
    grids = [entry["grid"] for entry in entries]
    grids += [audited["flagged"], audited["sound"]] if audited else []
    grids += [controlled["grid"]] if controlled else []
    return render(
        templates,
        "report.html.j2",
        study=facts,
        tables=entries,
        origins=origins_of(grids),
        figures=pictures,
        headlines=[entry for name in HEADLINES for entry in pictures if entry["name"] == name],
        claims=claims,
        sentences=summary(claims),
        place=places_of(grids, histories),
        judged=_judged(claims),
        numbers=_published_tally(shown),
        recognised=_recognised(shown, facts),
        forms=FORMS,
        strip=strip,
        so_far=so_far,
        heatmaps=[asdict(heatmap) for heatmap in heatmaps],
        audit=audited,
        controls=controlled,
        provenance=provenance,
    )


def _command(name: str, facts: ReportFacts) -> str:
    kind, suffix = ("figures", "png") if name.startswith("figure") else ("tables", "parquet")
    return regenerate(name if name in ALIASES else f"results/{facts.name}/{kind}/{name}.{suffix}", facts.file)


def _judged(claims: Sequence[Claim]) -> list[tuple[str, str]]:
    """Models (name, title) in the columns of the scoreboard."""
    return list(dict.fromkeys((finding.model, finding.title) for claim in claims for finding in claim.findings))


def _published_tally(tables: Sequence[Table]) -> list[tuple[str, int]]:
    """How many published numbers got which verdict."""
    counts = Counter(
        verdict
        for table in tables
        for verdict, published in zip(table.frame["verdict"], table.frame["published"], strict=True)
        if not math.isnan(published)
    )
    order = (REPRODUCED, CLOSE, DIFFERS, OTHER_MODEL, OTHER_SIZE, NUMBER_NOT_RUN)
    return [(verdict, counts[verdict]) for verdict in order if counts[verdict]]


def _recognised(tables: Sequence[Table], facts: ReportFacts) -> list[tuple[str, str]]:
    """Class agreement of unpruned samples, per model: is there anything to prune?"""
    agreement: dict[str, str] = {}
    for table in tables:
        frame = table.frame
        rows = frame[(frame["column"] == "class_agreement") & (frame["variant"] == BASELINE) & frame["value"].notna()]
        for row in rows.to_dict("records") if table.name not in SEEDS else []:
            agreement.setdefault(row["model"], with_interval("class_agreement", row["value"], row["low"], row["high"]))
    return [(facts.title(model), text) for model, text in agreement.items()]


def _controls(table: Table, facts: ReportFacts) -> dict:
    """Made with the report itself, so that is what is regenerated."""
    return table_entry(table, {}, regenerate("report", facts.file))


def _audit(table: Table, facts: ReportFacts, captions: Mapping[str, str]) -> dict:
    flagged = table.frame["status"] != IDENTITY_HOLDS
    return entry_of("audit", captions, _command("audit", facts)) | {
        "table": table,
        "flagged": grid_of(table.only(flagged)),
        "sound": grid_of(table.only(~flagged)),
    }
