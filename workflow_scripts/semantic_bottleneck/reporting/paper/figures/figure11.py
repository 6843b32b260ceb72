"""Figure 11: similarity and sparsity along the sampling trajectory, for c, t, y and SiLU(c)."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from semantic_bottleneck.reporting.core.style import MARKERS, blocks, colours, legend, save
from semantic_bottleneck.reporting.core.vocabulary import GEOMETRY_KINDS, measure
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence

METRICS = ("normalized_participation_ratio_percent", "cosine_similarity")
KINDS = ("c", "silu_c", "t")
"""y does not change along the trajectory and is drawn as a level; the single vector t has no pairs, hence no cosine."""


def draw_figure11(evidence: PaperEvidence, paths: Sequence[str | Path]) -> str:
    """nPR and cosine similarity of the last checkpoint against the timestep, the noisiest step at the left; one block of
    panels per model.

    Returns:
        Alt text with both ends of every curve.
    """
    sentences, facts, models = [], evidence.facts, evidence.run
    with blocks(len(models), 2, height=2.4) as (figure, cells):
        for axes, model in zip(cells, models, strict=True):
            rows = evidence.geometry.only(model=model).frame
            rows = rows[rows["training_step"] == rows["training_step"].max()].drop_duplicates(["kind", "timestep", "metric"])
            axes[0].set_title(facts.title(model))
            sentences.append(f"{facts.title(model)}.")
            for panel, metric in zip(axes, METRICS, strict=True):
                sentences += _curves(panel, rows[rows["metric"] == metric], metric, facts.initial_timesteps[model])
            axes[1].set_xlabel("timestep, from noise to image")
        legend(figure, cells[0][0], columns=2)
        return save(figure, paths, "Along the trajectory", "Along the trajectory. " + " ".join(sentences))


def _curves(panel, rows: pd.DataFrame, metric: str, start: float) -> Iterator[str]:
    palette, label = colours(["c", "silu_c", "t", "y"]), measure(metric).label
    for index, kind in enumerate(KINDS):
        curve = rows[rows["kind"] == kind].sort_values("timestep")
        if curve.empty:
            continue
        panel.plot(curve["timestep"], curve["value"], color=palette[kind], marker=MARKERS[index], label=GEOMETRY_KINDS[kind])
        if curve["low"].notna().all():
            panel.fill_between(curve["timestep"], curve["low"], curve["high"], color=palette[kind], alpha=0.18, linewidth=0)
        ends = curve.iloc[(curve["timestep"] - start).abs().argsort(kind="stable").to_numpy()]["value"]
        yield f"{GEOMETRY_KINDS[kind]}, {label}: {ends.iloc[0]:.4g} at the noisiest step, {ends.iloc[-1]:.4g} at the last."
    level = rows[rows["kind"] == "y"]["value"]
    if len(level):
        panel.axhline(level.iloc[0], color=palette["y"], linestyle="--", label=GEOMETRY_KINDS["y"])
        yield f"y alone, {label}: {level.iloc[0]:.4g}."
    panel.set_ylabel(label + (", %" if metric.endswith("percent") else ""))
    times = rows["timestep"].dropna()
    if len(times) and start >= times.max():
        panel.invert_xaxis()
