"""What every page is made of: templates, captions, and the entries of its tables and figures."""

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from semantic_bottleneck.files.project_path import project_path
from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN
from semantic_bottleneck.reporting.core.grid import Grid, grid_of
from semantic_bottleneck.reporting.core.origin_html import button, popovers
from semantic_bottleneck.reporting.core.style import Drawing
from semantic_bottleneck.reporting.core.summary import clause
from semantic_bottleneck.reporting.core.table import Table
from semantic_bottleneck.reporting.core.verdicts import BEFORE, BETTER, CLOSE, DIFFERS, NOISE, OTHER_SIZE, REPRODUCED, WORSE
from semantic_bottleneck.reporting.core.write import csv, latex

SYMBOLS = {
    HOLDS: "✓", FAILS: "✗", OPEN: "~", NOT_RUN: "–",
    BETTER: "▴", WORSE: "▾", NOISE: "∘", BETTER + BEFORE: "▵", WORSE + BEFORE: "▿", REPRODUCED: "=", CLOSE: "≈", DIFFERS: "≠",
}  # fmt: skip
"""What stands for a verdict where there is no room for words; never a colour alone."""
MARKS = {
    HOLDS: "good", FAILS: "bad", OPEN: "open", NOT_RUN: "none", BETTER: "good", WORSE: "bad", NOISE: "open",
    BETTER + BEFORE: "open", WORSE + BEFORE: "open",
    REPRODUCED: "good", CLOSE: "open", DIFFERS: "bad", OTHER_SIZE: "none", "holds if truncated": "open", "suspicious": "bad",
}  # fmt: skip
INSIDE = {"style": "style.css", "script": "report.js"}
"""What every page carries, by its name in the templates."""
TWO_COLUMNS = 1000
"""Pixels of width above which a drawing has two columns of panels and takes two columns of the page."""


def render(templates: str | Path, name: str, **values: Any) -> str:
    """A template filled in, with the style and the script of all pages inside it.

    Texts are escaped and an unknown name is an error.

    Args:
        templates: folder of the template `name`, `style.css` and `report.js`.
    """
    folder = Path(templates)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "exact": repr,
        "mark": lambda verdict: MARKS.get(verdict, "none"),
        "symbol": lambda verdict: SYMBOLS.get(verdict, ""),
        "clause": clause,
    }
    environment.globals |= {
        "with_origin": lambda origin, text: Markup(button(origin, text)),
        "popovers": lambda origins: Markup(popovers(origins)),
    }
    inside = {key: Markup((folder / file).read_text(encoding="utf-8")) for key, file in INSIDE.items()}
    return environment.get_template(name).render(values | inside)


def templates_of(file: str | Path) -> Path:
    """The folder of templates and captions, `report`, that a file lies in."""
    return next(parent for parent in Path(file).parents if parent.name == "report")


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


def regenerate(target: str, configuration: str) -> str:
    """The command that makes `target` again; `configuration` is the study's file, empty for the default one."""
    study = [f"--configfile={configuration}"] if configuration else []
    return " ".join(["snakemake --cores 2", *study, project_path(target)])


def table_entry(table: Table, captions: Mapping[str, str], command: str) -> dict:
    """What the templates show of a table; `command` makes it again."""
    grid = grid_of(table)
    return entry_of(table.name, captions, command) | {"table": table, "grid": grid, "copies": copies_of(table, grid)}


def copies_of(table: Table, grid: Grid) -> dict[str, str]:
    """What the buttons above a table put on the clipboard, by their names."""
    return {"LaTeX": latex(table, grid), "CSV": csv(table)}


def places_of(grids: Iterable[Grid], elsewhere: Mapping[str, str] | None = None) -> Callable[[Sequence[str]], str]:
    """Where the evidence of a finding stands on the page: paths below results/<study> -> the row that shows a number of them.

    Args:
        elsewhere: end of a path -> name of the figure that shows such files, for those that no table shows.
    """
    rows: dict[str, str] = {}
    for row in (row for grid in grids for row in grid.rows if row.anchor):
        for file in (file for cell in row.cells if cell.origin for file in cell.origin.files):
            rows.setdefault(f"/{file.result_file}", row.anchor)

    def place(evidence: Sequence[str]) -> str:
        in_tables = (row for path in evidence for file, row in rows.items() if f"/{path}" in file)
        in_figures = (name for path in evidence for end, name in (elsewhere or {}).items() if path.endswith(end))
        return next(in_tables, "") or next(in_figures, "")

    return place


def picture_entry(drawing: Drawing, captions: Mapping[str, str], command: str) -> dict:
    """What the templates show of a figure, its pixels included; `command` makes it again."""
    encoded = base64.b64encode(drawing.png).decode("ascii")
    return entry_of(drawing.name, captions, command) | {
        "drawing": drawing,
        "source": f"data:image/png;base64,{encoded}",
        "wide": drawing.width > TWO_COLUMNS,
    }


def entry_of(name: str, captions: Mapping[str, str], command: str) -> dict:
    """What the templates show of anything that has a name: label, caption and the command that makes it again."""
    return {"name": name, "label": display_name(name), "caption": captions.get(name, ""), "command": command}
