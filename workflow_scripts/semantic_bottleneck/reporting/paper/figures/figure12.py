"""Figure 12: similarity and sparsity over training, from initialisation on; several seeds as a band."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from semantic_bottleneck.reporting.core.facts import ReportFacts
from semantic_bottleneck.reporting.core.history import training_curve
from semantic_bottleneck.reporting.core.style import MARKERS, blocks, colours, legend, save, step_axis
from semantic_bottleneck.reporting.core.vocabulary import GEOMETRY_KINDS, measure

METRICS = ("cosine_similarity", "normalized_participation_ratio_percent")
KINDS = ("c", "silu_c", "y")


def draw_figure12(
    geometry: pd.DataFrame, groups: Sequence[Sequence[str]], study: ReportFacts, paths: Sequence[str | Path]
) -> str:
    """Cosine similarity and nPR of c, SiLU(c) and y at the initial timestep against the training step.

    Args:
        geometry: rows of `inputs.read_geometry` of all checkpoints.
        groups: one column of panels per group; a group's members are replicates (line = mean, band = least to largest).

    Returns:
        Alt text: first and last value of every curve.
    """
    palette, sentences = colours(["c", "silu_c", "t", "y"]), []
    steps = geometry.loc[geometry["training_step"] >= 0, "training_step"]
    with blocks(len(groups), 2, height=2.4) as (figure, cells):
        for axes, group in zip(cells, groups, strict=True):
            title = study.title(group[0]) + (f", {len(group)} seeds" if len(group) > 1 else "")
            axes[0].set_title(title)
            for panel, metric in zip(axes, METRICS, strict=True):
                for index, kind in enumerate(KINDS):
                    curve = training_curve(geometry, group, kind, metric, study)
                    if curve.empty:
                        continue
                    look = {"color": palette[kind], "label": GEOMETRY_KINDS[kind]}
                    panel.plot(curve["training_step"], curve["mean"], marker=MARKERS[index], **look)
                    panel.fill_between(
                        curve["training_step"], curve["min"], curve["max"], color=palette[kind], alpha=0.2, linewidth=0
                    )
                    sentences.append(
                        f"{title}, {GEOMETRY_KINDS[kind]}, {measure(metric).label}: {curve['mean'].iloc[0]:.4g} at step "
                        f"{curve['training_step'].iloc[0]:,.0f}, {curve['mean'].iloc[-1]:.4g} at step "
                        f"{curve['training_step'].iloc[-1]:,.0f}."
                    )
                panel.set_ylabel(measure(metric).label + (", %" if metric.endswith("percent") else ""))
                step_axis(panel, steps)
            axes[1].set_xlabel("training step")
        legend(figure, cells[0][0])
        return save(figure, paths, "Similarity and sparsity over training", " ".join(sentences))
