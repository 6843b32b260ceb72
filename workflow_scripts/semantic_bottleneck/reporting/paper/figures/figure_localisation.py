"""Where in c the class is: what replacing and transplanting each part of it does to the class that samples show."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from textwrap import wrap

from matplotlib.axes import Axes

from semantic_bottleneck.reporting.core.style import HEAD, NEUTRAL, PALETTE, RANDOM, TAIL, WIDTH, canvas, legend, save
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.localised import localised_models, shown
from semantic_bottleneck.reporting.paper.tables.localisation import PARTS
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate

ORDER = ("head", "shoulder", "tail", "rest", "top", "lower")
"""Parts, from top to bottom."""
REPLACED = {
    "mean": ("as its mean over classes", TAIL, "o"),
    "zero": ("as zero", HEAD, "s"),
    "mean-random": ("as many dimensions at random, as their mean", RANDOM, "D"),
}
TRANSPLANTED = {
    "other": ("own ranks", PALETTE[2], "^"),
    "other-shared": ("one mask", PALETTE[3], "v"),
}
"""Change of a part, in a variant's name -> label, colour and marker."""
ROW, LEGEND = 2.3, 0.8
"""Inches of a model's panels, and of all that stands below them."""
LETTERS = 14
"""Of a part's name in a line."""
APART = 0.25
"""Between the marks of one part; parts are 1 apart."""


def draw_figure_localisation(evidence: PaperEvidence, paths: Sequence[str | Path]) -> str:
    """A row for each model: the class lost with each part, beside what the same part of another class brings.

    Marks have 95 % intervals, of one checkpoint or of the mean over a model's trainings.

    Returns:
        Alt text with every number.
    """
    models, sentences = localised_models(evidence), []
    rows = max(1, len(models))
    with canvas(rows, 2, rows * ROW + LEGEND, WIDTH, sharex="col", sharey=True) as (figure, axes):
        for (left, right), (title, model) in zip(axes, models.items(), strict=False):
            left.set_title(title)
            left.set_yticks(range(len(ORDER)), ["\n".join(wrap(PARTS[part], LETTERS)) for part in ORDER])
            left.set_ylim(len(ORDER) - 0.5, -0.5)
            lost = _marks(left, REPLACED, model.loss)
            brought = _marks(right, TRANSPLANTED, model.brought)
            sentences.append(f"{title}, {model.unit} lost: {lost}. From another class, {model.unit_brought}: {brought}.")
            for panel in (left, right):
                panel.axvline(0, color=NEUTRAL, linewidth=0.9, linestyle=":")
            left.set_xlabel(f"class lost, {model.short_unit}")
            right.set_xlabel(f"transplanted, {model.short_unit}")
        axes[0, 1].legend(loc="lower right")  # where nothing is transplanted
        legend(figure, axes[0, 0], columns=1)
        return save(figure, paths, "Where in c the class is", " ".join(sentences))


def _marks(panel: Axes, looks: Mapping[str, tuple[str, str, str]], measured: Callable[[str], Estimate]) -> str:
    """Draw one panel; returns its numbers in words."""
    clauses = []
    for index, (change, (label, colour, marker)) in enumerate(looks.items()):
        found = {part: measured(f"{part}-{change}") for part in ORDER}
        found = {part: number for part, number in found.items() if number is not ABSENT}
        heights = [ORDER.index(part) + APART * (index - (len(looks) - 1) / 2) for part in found]
        for height, number in zip(heights, found.values(), strict=True):
            panel.hlines(height, *number.ends(), color=colour, linewidth=1.4)
        values = [number.value for number in found.values()]
        panel.plot(values, heights, linestyle="", marker=marker, color=colour, label=label)
        clauses.append(f"{label}: {', '.join(f'{PARTS[part]} {shown(number)}' for part, number in found.items())}")
    return "; ".join(clauses)
