"""A table as Parquet (exact, with title and footnotes), CSV (tidy), Markdown and LaTeX (as read)."""

import html
import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from semantic_bottleneck.files import parquet
from semantic_bottleneck.files.atomic import write_text
from semantic_bottleneck.reporting.core.grid import Cell, Grid, Row, grid_of
from semantic_bottleneck.reporting.core.origin_html import STYLE as ORIGIN_STYLE
from semantic_bottleneck.reporting.core.origin_html import button, origins_of, popovers
from semantic_bottleneck.reporting.core.table import Table
from semantic_bottleneck.uncertainty.origins import COLUMNS as ORIGIN_COLUMNS

FORMS = ("parquet", "csv", "md", "tex")
LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "|": r"\textbar{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "−": "$-$",
    "×": r"$\times$",
    "†": r"\dag{}",
    "τ": r"$\tau$",
    "Δ": r"$\Delta$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "∞": r"$\infty$",
    "—": "--",
    "·": r"$\cdot$",
    "“": "``",
    "”": "''",
}
PAGE_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:1.5em}table{border-collapse:collapse}"
    "caption{text-align:left;font-weight:600}td{white-space:pre}li{max-width:60em}"
    "th,td{text-align:left;vertical-align:top;padding:.35em .8em;border-bottom:1px solid #ccc}"
)
MARKDOWN = {"\\": "\\\\", "|": "\\|", "<": "&lt;", ">": "&gt;", "*": "\\*", "_": "\\_", "`": "\\`"}


def write_table(table: Table, folder: str | Path) -> None:
    """Write `<folder>/<name>.parquet` (with the origin of every cell), `.csv`, `.md` and `.tex`, each atomically."""
    base = Path(folder) / table.name
    columns = {name: _storable(frame[name]) for frame in (table.frame, table.origins) for name in frame.columns}
    metadata = {"name": table.name, "title": table.title, "footnotes": json.dumps(table.footnotes, ensure_ascii=False)}
    parquet.write(base.with_suffix(".parquet"), columns, metadata)
    write_text(base.with_suffix(".csv"), csv(table))
    grid = grid_of(table)
    write_text(base.with_suffix(".md"), markdown(table, grid))
    write_text(base.with_suffix(".tex"), latex(table, grid))


def write_page(table: Table, path: str | Path) -> None:
    """The table alone as an HTML page, which Snakemake's own report shows (Markdown it only offers for download)."""
    write_text(path, page(table, grid_of(table)))


def read_table(path: str | Path) -> Table:
    """The table back from its Parquet file, numbers bit for bit."""
    metadata = parquet.read_metadata(path)
    stored = pd.DataFrame(parquet.read(path))
    origins = stored.reindex(columns=list(ORIGIN_COLUMNS))
    frame = stored.drop(columns=[name for name in ORIGIN_COLUMNS if name in stored])
    return Table(metadata["name"], metadata["title"], frame, tuple(json.loads(metadata["footnotes"])), origins)


def _storable(column: pd.Series):
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype="float64")
    return column.astype(object).to_numpy()


def escape(text: str, characters: Mapping[str, str]) -> str:
    """Replace each special character once (not the outcome of another replacement)."""
    table: dict[str, str | int | None] = dict(characters)
    return text.translate(str.maketrans(table))


def plain(cell: Cell) -> str:
    """One cell as one line of text."""
    if cell.value is None:
        text = cell.note or (cell.verdict if cell.published is None else "") or "—"
    else:
        text = cell.value.text + ("†" if cell.marked else "") + (f" [{cell.interval}]" if cell.interval else "")
        if cell.difference is not None:
            ends = f" [{cell.difference_interval}]" if cell.difference_interval else ""
            verdict = f", {cell.difference_verdict}" if cell.difference_verdict else ""
            text += f"; Δ {cell.difference.text}{ends}{verdict}"
    if cell.published is not None:
        verdict = f", {cell.verdict}" if cell.verdict else ""
        text += f" (paper {cell.published.text}{verdict})"
    return text


def _below(table: Table, grid: Grid) -> list[str]:
    return [*table.footnotes, *(f"† {note}" for note in grid.notes)]


def _label(row: Row) -> str:
    return f"{row.label} ({row.reason})" if row.reason else row.label


def _headings(grid: Grid) -> list[str]:
    return [f"{label} ({group})" if group else label for group, label in grid.heads]


def markdown(table: Table, grid: Grid) -> str:
    """A pipe table with its title above and footnotes below."""
    lines = [f"## {escape(table.title, MARKDOWN)}", ""]
    lines.append("| " + " | ".join(escape(text, MARKDOWN) for text in [grid.corner, *_headings(grid)]) + " |")
    lines.append("|---|" + "".join("---:|" if number else "---|" for number in grid.numeric))
    blank = " |" * len(grid.heads)
    for section, rows in grid.sections():
        if section:
            lines.append(f"| **{escape(section, MARKDOWN)}** |{blank}")
        lines += [
            "| " + " | ".join(escape(text, MARKDOWN) for text in [_label(row), *map(plain, row.cells)]) + " |" for row in rows
        ]
    lines += ["", *(f"- {escape(note, MARKDOWN)}" for note in _below(table, grid)), ""]
    return "\n".join(lines)


def csv(table: Table) -> str:
    """One line for each cell, numbers with all their digits."""
    return table.frame.to_csv(index=False, lineterminator="\n")


def latex(table: Table, grid: Grid) -> str:
    """A `booktabs` table float; needs `\\usepackage{booktabs}`."""
    width = len(grid.heads) + 1
    lines = [r"\begin{table}", r"\centering", rf"\caption{{{escape(table.title, LATEX)}}}", rf"\label{{tab:{table.name}}}"]
    lines += [rf"\begin{{tabular}}{{l{''.join('r' if number else 'l' for number in grid.numeric)}}}", r"\toprule"]
    lines += [" & ".join(escape(text, LATEX) for text in [grid.corner, *_headings(grid)]) + r" \\", r"\midrule"]
    for index, (section, rows) in enumerate(grid.sections()):
        if section:
            lines += [r"\midrule"] * (index > 0) + [rf"\multicolumn{{{width}}}{{l}}{{\textit{{{escape(section, LATEX)}}}}} \\"]
        lines += [" & ".join(escape(text, LATEX) for text in [_label(row), *map(plain, row.cells)]) + r" \\" for row in rows]
    lines += [r"\bottomrule", r"\end{tabular}", *(rf"\par\footnotesize {escape(note, LATEX)}" for note in _below(table, grid))]
    return "\n".join([*lines, r"\end{table}", ""])


def _in_lines(text: str) -> str:
    """Value, difference and published number of a cell below each other."""
    return text.replace("; Δ", "\nΔ").replace(" (paper", "\n(paper")


def _with_origin(cell: Cell) -> str:
    """A cell as HTML; its first number tells its origin."""
    first, *rest = _in_lines(plain(cell)).split("\n", 1)
    return button(cell.origin, first) + "".join(f"\n{html.escape(text)}" for text in rest)


def page(table: Table, grid: Grid) -> str:
    """One HTML page with nothing outside it: caption, table, footnotes, origins."""
    width = len(grid.heads) + 1
    lines = ['<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">', f"<title>{html.escape(table.title)}</title>"]
    lines += [
        f"<style>{PAGE_STYLE}{ORIGIN_STYLE}</style>\n</head>\n<body>\n<table>\n<caption>{html.escape(table.title)}</caption>"
    ]
    heads = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in [grid.corner, *_headings(grid)])
    lines.append(f"<thead><tr>{heads}</tr></thead>\n<tbody>")
    for section, rows in grid.sections():
        if section:
            lines.append(f'<tr><th scope="rowgroup" colspan="{width}">{html.escape(section)}</th></tr>')
        for row in rows:
            cells = "".join(f"<td>{_with_origin(cell)}</td>" for cell in row.cells)
            lines.append(f'<tr><th scope="row">{html.escape(_label(row))}</th>{cells}</tr>')
    lines += ["</tbody>\n</table>\n<ul>", *(f"<li>{html.escape(note)}</li>" for note in _below(table, grid))]
    return "\n".join([*lines, f"</ul>\n{popovers(origins_of([grid]))}</body>\n</html>", ""])
