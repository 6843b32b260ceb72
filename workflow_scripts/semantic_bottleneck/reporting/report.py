"""The report: one HTML page that needs nothing beside itself."""

import base64
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from semantic_bottleneck.reporting.claims.claim import FAILS, HOLDS, NOT_RUN, OPEN, Claim
from semantic_bottleneck.reporting.figures.style import Drawing
from semantic_bottleneck.reporting.heatmaps import Heatmap
from semantic_bottleneck.reporting.study import BASELINE, Study
from semantic_bottleneck.reporting.tables.audit import HOLDS as IDENTITY_HOLDS
from semantic_bottleneck.reporting.tables.controls import NAME as CONTROLS
from semantic_bottleneck.reporting.tables.grid import Grid, grid_of
from semantic_bottleneck.reporting.tables.table import Table
from semantic_bottleneck.reporting.tables.write import FORMS
from semantic_bottleneck.reporting.verdicts import CLOSE, DIFFERS, OTHER_MODEL, OTHER_SIZE, REPRODUCED
from semantic_bottleneck.reporting.verdicts import NOT_RUN as NUMBER_NOT_RUN
from semantic_bottleneck.reporting.vocabulary import with_interval

HEADLINES = ("figure1", "figure12", "figure_pruning")
SECTIONS = ("audit", CONTROLS)
"""Tables that stand in a section of their own."""
ALIASES = tuple(f"table{number}" for number in range(1, 8))
"""Tables that are targets of the workflow under their own name; everything else is asked for by its path."""
SYMBOLS = {HOLDS: "✓", FAILS: "✗", OPEN: "~", NOT_RUN: "–"}
MARKS = {
    HOLDS: "good", FAILS: "bad", OPEN: "open", NOT_RUN: "none", "better": "good", "worse": "bad", "inside the noise": "open",
    REPRODUCED: "good", CLOSE: "open", DIFFERS: "bad", OTHER_SIZE: "none", "holds if truncated": "open", "suspicious": "bad",
}  # fmt: skip
TWO_COLUMNS = 1000
"""Pixels of width above which a drawing has two columns of panels and takes two columns of the page."""


def render_report(
    study: Study,
    tables: Sequence[Table],
    figures: Sequence[Drawing],
    claims: Sequence[Claim],
    provenance: Mapping[str, Any],
    captions: Mapping[str, str],
    templates: str | Path,
    heatmaps: Sequence[Heatmap] = (),
) -> str:
    """The whole page.

    Args:
        tables: in the order of the page; those named in SECTIONS get their own sections.
        figures: in the order of the page; HEADLINES also stand on the first screen.
        provenance: text, numbers, mappings of them (a list of terms) or lists of mappings (a table), under their headings.
        captions: name of a table or figure -> plain text (from `read_captions`).
        templates: folder of `report.html.j2`, `style.css` and `report.js`.
        heatmaps: what can be looked up below Figure 3.

    Returns:
        HTML without references to anything outside the page, except links.
    """
    folder = Path(templates)
    environment = environment_of(folder)
    shown = [table for table in tables if table.name not in SECTIONS]
    audit, controls = (next((table for table in tables if table.name == name), None) for name in SECTIONS)
    return environment.get_template("report.html.j2").render(
        study=study,
        style=Markup((folder / "style.css").read_text(encoding="utf-8")),
        script=Markup((folder / "report.js").read_text(encoding="utf-8")),
        tables=[_entry(table.name, study, captions) | {"table": table, "grid": grid_of(table)} for table in shown],
        figures=[_picture(drawing, study, captions) for drawing in figures],
        headlines=[_picture(drawing, study, captions) for name in HEADLINES for drawing in figures if drawing.name == name],
        claims=claims,
        judged=_judged(claims),
        tally=Counter(claim.verdict for claim in claims),
        numbers=_published_tally(shown),
        recognised=_recognised(shown, study),
        forms=FORMS,
        heatmaps=[asdict(heatmap) for heatmap in heatmaps],
        audit=_audit(audit, study, captions) if audit else None,
        controls=_controls(controls, study) if controls else None,
        provenance=provenance,
    )


def environment_of(folder: Path) -> jinja2.Environment:
    """The templates of a folder, with the filters that they share; texts are escaped and an unknown name is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"exact": repr, "mark": lambda verdict: MARKS.get(verdict, "none"), "symbol": SYMBOLS.__getitem__}
    return environment


def read_captions(folder: str | Path) -> dict[str, str]:
    """File stem -> text of every `*.rst` of a folder (plain paragraphs, which `snakemake --report` shows too)."""
    return {path.stem: " ".join(path.read_text(encoding="utf-8").split()) for path in sorted(Path(folder).glob("*.rst"))}


def display_name(name: str) -> str:
    """`table2` -> `Table 2`, `figure_pruning` -> `Figure`: what stands before a title."""
    for kind in ("table", "figure"):
        number = name.removeprefix(kind)
        if number != name:
            return f"{kind.capitalize()} {number}".strip() if number.isdigit() else kind.capitalize()
    return "Table"


def _entry(name: str, study: Study, captions: Mapping[str, str]) -> dict:
    kind = "figures" if name.startswith("figure") else "tables"
    suffix = "png" if kind == "figures" else "parquet"
    target = name if name in ALIASES else f"results/{study.name}/{kind}/{name}.{suffix}"
    return {
        "name": name,
        "label": display_name(name),
        "caption": captions.get(name, ""),
        "command": " ".join(["snakemake --cores 2", *([f"--configfile={study.file}"] if study.file else []), target]),
    }


def _picture(drawing: Drawing, study: Study, captions: Mapping[str, str]) -> dict:
    encoded = base64.b64encode(drawing.png).decode("ascii")
    return _entry(drawing.name, study, captions) | {
        "drawing": drawing,
        "source": f"data:image/png;base64,{encoded}",
        "wide": drawing.width > TWO_COLUMNS,
    }


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


def _recognised(tables: Sequence[Table], study: Study) -> list[tuple[str, str]]:
    """Class agreement of unpruned samples, per model: is there anything to prune?"""
    found: dict[str, str] = {}
    for table in tables:
        frame = table.frame
        rows = frame[(frame["column"] == "class_agreement") & (frame["variant"] == BASELINE) & frame["value"].notna()]
        for row in rows.to_dict("records") if table.name != "seeds" else []:
            found.setdefault(row["model"], with_interval("class_agreement", row["value"], row["low"], row["high"]))
    return [(study.title(model), text) for model, text in found.items()]


def _controls(table: Table, study: Study) -> dict:
    """Made with the report itself, so that is what is regenerated."""
    configured = [f"--configfile={study.file}"] if study.file else []
    return {"table": table, "grid": grid_of(table), "command": " ".join(["snakemake --cores 2", *configured, "report"])}


def _audit(table: Table, study: Study, captions: Mapping[str, str]) -> dict:
    frame = table.frame
    flagged = frame["status"] != IDENTITY_HOLDS

    def part(chosen) -> Grid:
        return grid_of(Table(table.name, table.title, frame[chosen].reset_index(drop=True), ()))

    return _entry("audit", study, captions) | {"table": table, "flagged": part(flagged), "sound": part(~flagged)}
