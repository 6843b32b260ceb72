"""How much noise each part of c bears before the class is lost: what it holds of it, read as an information bottleneck."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes

from semantic_bottleneck.reporting.core.style import HEAD, NEUTRAL, PALETTE, TAIL, WIDTH, canvas, legend, save
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.localised import Localised, localised_models, shown
from semantic_bottleneck.reporting.paper.tables.localisation import PARTS
from semantic_bottleneck.study.localisation import NOISED
from semantic_bottleneck.uncertainty.estimates import ABSENT

LOOKS = {"head": (HEAD, "s"), "shoulder": (PALETTE[2], "^"), "tail": (TAIL, "o"), "all": (NEUTRAL, "X")}
ROW, LEGEND = 2.1, 0.9
"""Inches of two models' panels, and of all that stands below them."""


def draw_figure_noise(evidence: PaperEvidence, paths: Sequence[str | Path]) -> str:
    """A panel for each model: the class lost against the noise on head, shoulder, tail and all of c, with 95 % intervals.

    Returns:
        Alt text with every number.
    """
    models, sentences = localised_models(evidence), []
    sizes = sorted(evidence.facts.protocol["localisation"]["noise"])
    rows = max(1, -(-len(models) // 2))
    with canvas(rows, 2, rows * ROW + LEGEND, WIDTH, sharex=True, sharey=True) as (figure, axes):
        for unused in axes.flat[len(models) :]:
            unused.set_visible(False)
        for panel, (title, model) in zip(axes.flat, models.items(), strict=False):
            panel.set_title(title)
            sentences.append(f"{title}, {model.unit} lost under noise: {_curves(panel, model, sizes)}.")
        for panel, model in zip(axes[:, 0], [*models.values()][::2], strict=False):
            panel.set_ylabel(f"class lost, {model.short_unit}")
        for panel in axes[-1]:
            panel.set_xticks([0, *sizes], [f"{size:g}" for size in (0, *sizes)])
            panel.set_xlabel("noise σ, in spreads")
        legend(figure, axes[0, 0], columns=4)
        return save(figure, paths, "The class against noise on parts of c", " ".join(sentences))


def _curves(panel: Axes, model: Localised, sizes: Sequence[float]) -> str:
    """Draw one panel; returns its numbers in words."""
    clauses = []
    for part in NOISED:
        colour, marker = LOOKS[part]
        found = {size: model.loss(f"{part}-noise-{size:g}") for size in sizes}
        found = {size: number for size, number in found.items() if number is not ABSENT}
        points = [(0.0, 0.0), *((size, number.value) for size, number in found.items())]
        panel.plot(*zip(*points, strict=True), color=colour, marker=marker, markevery=slice(1, None), label=PARTS[part])
        for size, number in found.items():
            panel.vlines(size, *number.ends(), color=colour, linewidth=1.2)
        clauses.append(f"{PARTS[part]} {', '.join(f'{shown(number)} at σ = {size:g}' for size, number in found.items())}")
    return "; ".join(clauses)
