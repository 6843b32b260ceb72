"""Figure 11: similarity and sparsity along the sampling trajectory, for c, t, y and SiLU(c)."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from semantic_bottleneck.reporting.figures.style import MARKERS, NEUTRAL, canvas, colours, direct_legend, save
from semantic_bottleneck.reporting.study import Study
from semantic_bottleneck.reporting.vocabulary import GEOMETRY_KINDS, measure

METRICS = ("cosine_similarity", "normalized_participation_ratio_percent")
KINDS = ("c", "silu_c", "t")
"""y does not change along the trajectory and is drawn as a level."""


def draw_figure11(geometry: pd.DataFrame, model: str, study: Study, paths: Sequence[str | Path]) -> str:
    """Cosine similarity (top; c and SiLU(c)) and nPR (bottom; t too) of one model against the timestep, noisiest step at the left.

    The single timestep embedding t has no pairs, hence no cosine similarity.

    Args:
        geometry: rows of `inputs.read_geometry`; the last checkpoint of `model` is used.

    Returns:
        Alt text with both ends of every curve.
    """
    rows = geometry[geometry["model"] == model]
    rows = rows[rows["training_step"] == rows["training_step"].max()]
    palette = colours(["c", "silu_c", "t", "y"])
    start = study.initial_timesteps[model]
    sentences = []
    with canvas(2, 1, height=5.8, sharex=True) as (figure, axes):
        for panel, metric in zip(axes[:, 0], METRICS, strict=True):
            chosen = rows[rows["metric"] == metric]
            for index, kind in enumerate(KINDS):
                curve = chosen[chosen["kind"] == kind].sort_values("timestep")
                if curve.empty:
                    continue
                panel.plot(curve["timestep"], curve["value"], color=palette[kind], marker=MARKERS[index], label=GEOMETRY_KINDS[kind])
                if curve["low"].notna().all():
                    panel.fill_between(curve["timestep"], curve["low"], curve["high"], color=palette[kind], alpha=0.18, linewidth=0)
                ends = curve.iloc[(curve["timestep"] - start).abs().argsort(kind="stable").to_numpy()]["value"]
                sentences.append(f"{GEOMETRY_KINDS[kind]}, {measure(metric).label}: {ends.iloc[0]:.4g} at the noisiest step, {ends.iloc[-1]:.4g} at the last.")
            level = chosen[chosen["kind"] == "y"]
            if len(level):
                panel.axhline(level["value"].iloc[0], color=palette["y"], linestyle="--", label=GEOMETRY_KINDS["y"])
                sentences.append(f"y alone, {measure(metric).label}: {level['value'].iloc[0]:.4g}.")
            panel.set_ylabel(measure(metric).label + (", %" if metric.endswith("percent") else ""))
        shown = rows.dropna(subset=["timestep"])["timestep"]
        if len(shown) and start >= shown.max():
            axes[1, 0].invert_xaxis()
        axes[1, 0].set_xlabel("timestep, from noise to image")
        for panel in axes[:, 0]:
            panel.tick_params(colors=NEUTRAL)
        direct_legend(axes[1, 0])
        title = f"Along the trajectory, {study.title(model)}"
        return save(figure, paths, title, f"{title}. " + " ".join(sentences))
