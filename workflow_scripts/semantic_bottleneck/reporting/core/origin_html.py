"""The origin of a cell on a page: the number is a button that opens it (a popover, which needs no script), its title hints."""

import html
from collections.abc import Iterable

from markupsafe import escape

from semantic_bottleneck.reporting.core.grid import Grid
from semantic_bottleneck.uncertainty.origins import CellOrigin, Origin

LABELS = {
    "result_file": "Result file",
    "checkpoint_url": "Weights",
    "checkpoint_sha256": "sha256 of the file",
    "tensors_sha256": "sha256 of the tensors read",
}
STYLE = (
    "button.origin{font:inherit;color:inherit;text-align:inherit;background:none;border:0;padding:0;cursor:help}"
    "button.origin:hover{text-decoration:underline dotted}"
    "[popover].origin{max-width:min(46em,94vw);overflow-wrap:anywhere}[popover].origin p{margin:.3em 0}"
)
"""For a page without the style sheet of the report."""


def button(origin: CellOrigin | None, text: str) -> str:
    """`text`, escaped where it is no markup yet; a button that opens the origin of a cell, where it has one."""
    shown = str(escape(text))
    if origin is None:
        return shown
    attributes = f'type="button" class="origin" popovertarget="{origin.key}" title="{html.escape(origin.title)}"'
    return f"<button {attributes}>{shown}</button>"


def origins_of(grids: Iterable[Grid]) -> list[CellOrigin]:
    """The origins of all cells that show a number, each once: many cells share one."""
    cells = (cell for grid in grids for row in grid.rows for cell in row.cells)
    return list(dict.fromkeys(cell.origin for cell in cells if cell.origin))


def popovers(origins: Iterable[CellOrigin]) -> str:
    """What the buttons open."""
    return "".join(_popover(origin) for origin in origins)


def _popover(origin: CellOrigin) -> str:
    lines = [line for file in origin.files for line in _lines(file)]
    lines += [("Published number", f"<code>{html.escape(origin.published)}</code>")] if origin.published else []
    paragraphs = "".join(f"<p>{label}: {text}</p>" for label, text in lines)
    return f'<div popover id="{origin.key}" class="origin" role="dialog" aria-label="Origin of the number">{paragraphs}</div>\n'


def _lines(file: Origin) -> Iterable[tuple[str, str]]:
    for name, label in LABELS.items():
        value = getattr(file, name)
        if value:
            shown = html.escape(value)
            # Several addresses are the parts of one file.
            linked = value.startswith(("https://", "http://")) and " " not in value
            yield label, f'<a href="{shown}"><code>{shown}</code></a>' if linked else f"<code>{shown}</code>"
