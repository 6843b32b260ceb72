"""Figure 6: which dimensions differ between conditions, and how concentrated the variance is."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from semantic_bottleneck.files.conditions_file import vectors
from semantic_bottleneck.geometry.measures import concentration, dimensions_holding, variance_per_dimension
from semantic_bottleneck.reporting.core.style import MARKERS, NEUTRAL, canvas, colours, legend, save
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence


def draw_figure6(evidence: PaperEvidence, paths: Sequence[str | Path]) -> str:
    """Sorted variance of c at the initial step across conditions, per dimension (top), and its cumulative
    share (bottom), one line per model.

    Returns:
        Alt text: per model the share of the top tenth of dimensions and how many dimensions hold 90 %.
    """
    palette, sentences = colours(list(evidence.conditions)), []
    with canvas(2, 1, height=5.6, sharex=True) as (figure, axes):
        for index, (model, path) in enumerate(evidence.conditions.items()):
            variance = variance_per_dimension(vectors(path, "c"))
            ordered = np.sort(variance)[::-1]
            rank = 100 * (np.arange(len(ordered)) + 1) / len(ordered)
            look = {"color": palette[model], "marker": MARKERS[index % len(MARKERS)], "markevery": max(1, len(ordered) // 8)}
            axes[0, 0].plot(rank, ordered, label=evidence.facts.title(model), **look)
            axes[1, 0].plot(rank, 100 * ordered.cumsum() / ordered.sum(), label=evidence.facts.title(model), **look)
            sentences.append(
                f"{evidence.facts.title(model)}: the top tenth of dimensions holds {100 * concentration(variance, 0.1):.1f} % "
                f"of the variance, 90 % lie in {dimensions_holding(variance, 0.9)} of {len(variance)} dimensions."
            )
        axes[0, 0].set_yscale("log")
        axes[0, 0].set_ylabel("variance across conditions")
        axes[1, 0].plot([0, 100], [0, 100], color=NEUTRAL, linestyle=":", linewidth=0.8)
        axes[1, 0].set_ylabel("cumulative share, %")
        axes[1, 0].set_xlabel("rank of the dimension, % of dimensions")
        legend(figure, axes[1, 0])
        return save(figure, paths, "Variance across conditions", "Variance per dimension. " + " ".join(sentences))
