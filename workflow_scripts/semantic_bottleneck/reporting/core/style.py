"""How figures look and are written: one palette, type that stays legible on a phone, the same bytes every time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from semantic_bottleneck.files.atomic import atomic_path
from semantic_bottleneck.files.png import read_png
from semantic_bottleneck.job.plain_matplotlib import plain_matplotlib

DPI = 160
WIDTH = 4.6
"""Inches; panels stack, so that type of 10 points is still read at 340 pixels."""
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#3B3B3B")
"""Okabe and Ito's colours, which the colour-blind tell apart."""
TAIL, HEAD, RANDOM, NEUTRAL = PALETTE[0], PALETTE[1], "#8A8A8A", PALETTE[6]
OWN_MATHEMATICS = r"$\mathdefault"
"""What matplotlib's own tick labels of logarithmic axes begin with."""
MARKERS = ("o", "s", "D", "^", "v", "P", "X")

NOTE_SIZE, NOTE_LETTERS = 7.5, 17
"""Points of the notes above the panels, and how many letters of them fit into an inch."""

_notes: ContextVar[tuple[str, ...]] = ContextVar("notes", default=())
_SETTINGS: dict[Any, object] = {
    "font.family": "DejaVu Sans",
    "text.color": ".15",
    "axes.labelcolor": ".15",
    "xtick.color": ".15",
    "ytick.color": ".15",
    "xtick.bottom": False,
    "ytick.left": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "lines.solid_capstyle": "round",
    "patch.edgecolor": "w",
    "patch.force_edgecolor": True,
    "axes.edgecolor": "#888888",
    "axes.linewidth": 0.8,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlesize": 10,
    "axes.labelsize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "grid.color": "#E6E6E6",
    "lines.linewidth": 1.6,
    "lines.markersize": 4.5,
    "svg.hashsalt": "semantic-bottleneck",
}
"""A white grid without ticks in dark grey, as seaborn's `whitegrid` has it, with our type and lines."""


@dataclass(frozen=True)
class Drawing:
    """A figure read back from its PNG file; `pictures` if it shows images, whose colours must not be changed."""

    name: str
    title: str
    alt: str
    pictures: bool
    png: bytes
    width: int
    height: int


@contextmanager
def canvas(
    rows: int = 1, columns: int = 1, height: float = 3.0, width: float | None = None, **grid
) -> Iterator[tuple[Figure, np.ndarray]]:
    """A figure and its (rows, columns) axes in the common style.

    `height` and `width` are in inches for all rows or columns together; a column is WIDTH wide unless told otherwise.
    """
    with plain_matplotlib(), matplotlib.rc_context(_SETTINGS):
        figure = Figure(figsize=(width or WIDTH * columns, height), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure, figure.subplots(rows, columns, squeeze=False, **grid)


@contextmanager
def blocks(count: int, panels: int, height: float, **grid) -> Iterator[tuple[Figure, list[np.ndarray]]]:
    """A figure of `count` blocks (models), two abreast, each a column of `panels` axes `height` inches high.

    Yields the figure and, per block, its axes from top to bottom.
    """
    columns = min(2, count)
    bands = -(-count // columns)
    with canvas(bands * panels, columns, bands * panels * height + 0.6, **grid) as (figure, axes):
        cells = [axes[band * panels : (band + 1) * panels, column] for band in range(bands) for column in range(columns)]
        for unused in cells[count:]:
            for panel in unused:
                panel.remove()
        yield figure, cells[:count]


@contextmanager
def noted(sentences: Sequence[str]) -> Iterator[None]:
    """Every figure saved inside says `sentences` above its panels and at the end of its alt text."""
    before = _notes.set(tuple(sentences))
    try:
        yield
    finally:
        _notes.reset(before)


def save(figure: Figure, paths: Sequence[str | Path], title: str, alt: str, *, pictures: bool = False) -> str:
    """Write the figure to each path in the format of its suffix (.png, .svg, .pdf), atomically; returns `alt`.

    Title and alt text travel in the PNG's metadata; no file carries a time stamp. A `$` in a card's title is no mathematics.
    """
    notes = _notes.get()
    if notes:
        width = int(NOTE_LETTERS * figure.get_figwidth())
        text = "\n".join(line for note in notes for line in wrap(note, width))
        figure.suptitle(text, x=0.01, ha="left", fontsize=NOTE_SIZE, color=NEUTRAL)
        alt = " ".join([alt, *notes])
    for written in figure.findobj(Text):
        assert isinstance(written, Text)  # findobj has the type of any artist
        if "$" in written.get_text() and not written.get_text().startswith(OWN_MATHEMATICS):
            written.set_parse_math(False)
    for path in map(Path, paths):
        suffix = path.suffix[1:]
        nothing = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[suffix]
        texts = {"Title": title, "Description": alt} if suffix in ("png", "svg") else {"Title": title}
        if suffix == "png" and pictures:
            texts["Comment"] = "pictures"
        with atomic_path(path) as temporary:
            figure.savefig(temporary, format=suffix, dpi=DPI, metadata=nothing | texts)
    return alt


def read_drawing(path: str | Path) -> Drawing:
    """Bytes, title and alt text of a PNG written by `save`.

    Raises:
        DamagedError: the file is absent, or a checksum of it does not hold.
    """
    png, texts, size = read_png(path)
    return Drawing(Path(path).stem, texts["Title"], texts["Description"], "Comment" in texts, png, *size)


def colours(names: Sequence[str]) -> dict[str, str]:
    """A colour for each name, in order."""
    return {name: PALETTE[index % len(PALETTE)] for index, name in enumerate(names)}


def legend(figure: Figure, axes: Axes, columns: int = 3) -> None:
    """A frameless legend of `axes` below the whole figure, where it hides nothing."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=columns, handlelength=1.8, columnspacing=1.4)


def step_axis(axes: Axes, steps: Sequence[float]) -> None:
    """A logarithmic axis of training steps that begins at 0, labelled at steps that were measured."""
    steps = sorted(set(steps))
    first = next((step for step in steps if step > 0), 1)
    axes.set_xscale("symlog", linthresh=first, linscale=0.5)
    shown: list[float] = [0] if steps and steps[0] == 0 else []
    for step in (step for step in steps if step > 0):
        if not shown or step >= 2.9 * max(shown[-1], 1):
            shown.append(step)
    axes.set_xticks(shown, [f"{step:,.0f}" for step in shown])
    axes.xaxis.set_minor_locator(NullLocator())


def plain_log(axes: Axes) -> None:
    """A logarithmic y axis with ordinary numbers at 1, 2 and 5."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
