"""Linear probe accuracy of the learned vector against the timestep, per data set, beside its baselines."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from semantic_bottleneck.reporting.core.style import NEUTRAL, PALETTE, blocks, legend, save
from semantic_bottleneck.reporting.dier.evidence import INPUTS, DierEvidence

LINES = (("lpa", PALETTE[0], "trained", "o"), ("lpa_untrained", "#8A8A8A", "untrained encoder", "s"))


def draw_figure_dier_lpa(evidence: DierEvidence, paths: Sequence[str | Path]) -> str:
    """Two panels per data set. Above: LPA and its baselines, lines are means over replicates, bands their least to largest, a
    ring marks the highest mean. Below: each replicate minus its own mean over t, which takes the difference between trainings
    away and leaves the shape.

    Returns:
        Alt text with the curve in numbers.
    """
    names = evidence.data()
    sentences: list[str] = []
    with blocks(max(1, len(names)), 2, height=2.9) as (figure, cells):
        for (above, below), data in zip(cells, names, strict=False):
            _accuracy(above, evidence, data, sentences)
            _shape(below, evidence, data, sentences)
        if names:
            legend(figure, cells[0][0], columns=min(4, 2 * len(names)))
        return save(figure, paths, "Linear probe accuracy against the timestep", "LPA in percent. " + " ".join(sentences))


def _accuracy(panel: Axes, evidence: DierEvidence, data: str, sentences: list[str]) -> None:
    variant = evidence.headline(data)
    panel.set_title(f"{evidence.title(data)}: {evidence.variant_title(variant)}, {evidence.seeds(data, variant)}")
    for quantity, colour, label, marker in LINES:
        curve = evidence.curve(data, variant, quantity)
        panel.fill_between(curve["timestep"], 100 * curve["min"], 100 * curve["max"], color=colour, alpha=0.18, linewidth=0)
        panel.plot(curve["timestep"], 100 * curve["mean"], color=colour, marker=marker, label=label)
        points = ", ".join(f"{100 * value:.1f} at {t}" for t, value in zip(curve["timestep"], curve["mean"], strict=True))
        sentences.append(f"{evidence.title(data)}, {label}: {points}.")
    pixels = 100 * evidence.values(data, INPUTS, "lpa", detail="pixels").mean()
    panel.axhline(pixels, color=PALETTE[1], linestyle="--", linewidth=1.3, label="pixels")
    best = evidence.best(data, variant)
    top = 100 * evidence.values(data, variant, "lpa", best).mean()
    ring: dict[str, Any] = {"marker": "o", "markersize": 11, "markerfacecolor": "none", "color": NEUTRAL, "linestyle": ""}
    panel.plot([best], [top], **ring, label="highest mean")
    panel.set_ylabel("linear probe accuracy, %")
    sentences.append(f"Pixels {pixels:.1f}; highest mean {top:.1f} at t = {best}.")


def _shape(panel: Axes, evidence: DierEvidence, data: str, sentences: list[str]) -> None:
    rows = evidence.rows(data, evidence.headline(data), "lpa")
    curves = 100 * rows.pivot(index="timestep", columns="replicate", values="value")
    shapes = curves - curves.mean()
    mean = shapes.mean(axis=1)
    panel.axhline(0, color="#8A8A8A", linewidth=1.0)
    for replicate in shapes:
        panel.plot(shapes.index, shapes[replicate], color=PALETTE[0], alpha=0.35, linewidth=1.0)
    panel.fill_between(shapes.index, shapes.min(axis=1), shapes.max(axis=1), color=PALETTE[0], alpha=0.12, linewidth=0)
    panel.plot(shapes.index, mean, color=PALETTE[0], marker="o")
    panel.set_ylabel("LPA minus the seed's\nmean over t, points")
    panel.set_xlabel("timestep t given to the encoder")
    points = ", ".join(f"{value:+.1f} at {t}" for t, value in mean.items())
    sentences.append(f"Minus each seed's own mean over t: {points}.")
