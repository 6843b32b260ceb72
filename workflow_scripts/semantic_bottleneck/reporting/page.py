"""One page about one question: claims, tables and figures in the report's dress, in a file that needs nothing beside itself."""

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from semantic_bottleneck.reporting.claims.claim import Claim
from semantic_bottleneck.reporting.figures.style import Drawing
from semantic_bottleneck.reporting.report import MARKS, SYMBOLS, TWO_COLUMNS, display_name
from semantic_bottleneck.reporting.tables.grid import grid_of
from semantic_bottleneck.reporting.tables.table import Table
from semantic_bottleneck.reporting.tables.write import FORMS


@dataclass(frozen=True)
class Page:
    """What stands on a page, from top to bottom; all texts are plain.

    Attributes:
        title, study: the heading, and the study's name below it.
        lead: paragraphs under the heading.
        facts: what was run, as terms and their descriptions.
        claims: judged claims, with their rules and findings.
        figures, tables: in order; captions are looked up by name.
        folder: of tables/ (files of each table, linked), from the page; empty where it lies beside the page.
        commands: name of a table, figure or "page" -> the command that makes it again.
        definitions: terms of this page and what they mean.
        provenance: headings and what stands below: text, numbers, or mappings of them.
    """

    title: str
    study: str
    lead: Sequence[str]
    claims: Sequence[Claim]
    figures: Sequence[Drawing]
    tables: Sequence[Table]
    commands: Mapping[str, str]
    facts: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    definitions: Mapping[str, str] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)


def render_page(page: Page, captions: Mapping[str, str], templates: str | Path) -> str:
    """The page as HTML without references to anything outside, except links.

    Args:
        captions: name of a table or figure -> plain text (from `report.read_captions`).
        templates: folder of `page.html.j2`, `parts.html.j2`, `style.css` and `report.js`.
    """
    folder = Path(templates)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"exact": repr, "mark": lambda verdict: MARKS.get(verdict, "none"), "symbol": SYMBOLS.__getitem__}
    return environment.get_template("page.html.j2").render(
        page=page,
        style=Markup((folder / "style.css").read_text(encoding="utf-8")),
        script=Markup((folder / "report.js").read_text(encoding="utf-8")),
        tables=[_entry(table.name, page, captions) | {"table": table, "grid": grid_of(table)} for table in page.tables],
        figures=[_picture(drawing, page, captions) for drawing in page.figures],
        tally=Counter(claim.verdict for claim in page.claims),
        forms=FORMS,
    )


def regenerate(target: str, configuration: str) -> str:
    """The command that makes `target` again; `configuration` is the study's file, empty for the default one."""
    return " ".join(["snakemake --cores 2", *([f"--configfile={configuration}"] if configuration else []), target])


def _entry(name: str, page: Page, captions: Mapping[str, str]) -> dict:
    return {
        "name": name,
        "label": display_name(name),
        "caption": captions.get(name, ""),
        "command": page.commands.get(name, page.commands.get("page", "")),
    }


def _picture(drawing: Drawing, page: Page, captions: Mapping[str, str]) -> dict:
    encoded = base64.b64encode(drawing.png).decode("ascii")
    return _entry(drawing.name, page, captions) | {
        "drawing": drawing,
        "source": f"data:image/png;base64,{encoded}",
        "wide": drawing.width > TWO_COLUMNS,
    }
