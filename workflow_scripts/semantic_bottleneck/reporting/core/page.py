"""One page about one question: claims, tables and figures in the report's dress, in a file that needs nothing beside itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from semantic_bottleneck.reporting.core.claim import Claim
from semantic_bottleneck.reporting.core.elements import picture_entry, places_of, regenerate, render, table_entry
from semantic_bottleneck.reporting.core.origin_html import origins_of
from semantic_bottleneck.reporting.core.style import Drawing
from semantic_bottleneck.reporting.core.summary import summary
from semantic_bottleneck.reporting.core.table import Table
from semantic_bottleneck.reporting.core.write import FORMS


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


def page_html(page: Page, captions: Mapping[str, str], templates: str | Path) -> str:
    """The page as HTML without references to anything outside, except links.

    Args:
        captions: name of a table or figure -> plain text (from `elements.read_captions`).
        templates: folder of `page.html.j2`, `parts.html.j2`, `style.css` and `report.js`.
    """
    tables = [table_entry(table, captions, _command(table.name, page)) for table in page.tables]
    return render(
        templates,
        "page.html.j2",
        page=page,
        tables=tables,
        origins=origins_of(entry["grid"] for entry in tables),
        figures=[picture_entry(drawing, captions, _command(drawing.name, page)) for drawing in page.figures],
        sentences=summary(page.claims),
        place=places_of(entry["grid"] for entry in tables),
        forms=FORMS,
    )


def commands_of(target: str, files: Sequence[str], configuration: str) -> dict[str, str]:
    """`Page.commands` of a page that is the workflow's `target` and shows the tables and figures of these files."""
    commands = {Path(path).stem: regenerate(path, configuration) for path in files}
    return commands | {"page": regenerate(target, configuration)}


def _command(name: str, page: Page) -> str:
    return page.commands.get(name, page.commands.get("page", ""))
