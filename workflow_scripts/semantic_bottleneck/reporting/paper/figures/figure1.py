"""Figure 1: how similar the conditional vectors are and how few dimensions they use, per model."""

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from semantic_bottleneck.reporting.core.facts import ReportFacts
from semantic_bottleneck.reporting.core.inputs import final_geometry
from semantic_bottleneck.reporting.core.published import Published
from semantic_bottleneck.reporting.core.style import HEAD, NEUTRAL, TAIL, canvas, save
from semantic_bottleneck.reporting.core.vocabulary import measure, number

METRICS = ("cosine_similarity", "normalized_participation_ratio_percent")
GAUSSIAN_PERCENT = 63.66
"""100 * 2 / pi, the nPR of a vector of independent Gaussian entries."""


def draw_figure1(
    geometry: pd.DataFrame, models: Sequence[str], study: ReportFacts, published: Published, paths: Sequence[str | Path]
) -> str:
    """Bars of cosine similarity and nPR of c at the initial step, the paper's value as a tick.

    Args:
        geometry: rows of `inputs.read_geometry`; models without rows are left out.

    Returns:
        Alt text with the numbers.
    """
    values = {}
    for model in models:
        rows = final_geometry(geometry, model, "c", study.initial_timesteps[model])
        if set(METRICS) <= set(rows.index):
            values[model] = {metric: rows.loc[metric] for metric in METRICS}
    with canvas(2, 1, height=1.6 + 0.86 * max(len(values), 1)) as (figure, axes):
        for panel, metric, colour in zip(axes[:, 0], METRICS, (TAIL, HEAD), strict=True):
            _bars(panel, values, metric, colour, study, published)
        axes[1, 0].axvline(GAUSSIAN_PERCENT, color=NEUTRAL, linewidth=0.8, linestyle=":")
        axes[1, 0].annotate("Gaussian vector", (GAUSSIAN_PERCENT, 1.0), xycoords=("data", "axes fraction"),
                            ha="right", va="bottom", fontsize=8, color=NEUTRAL)  # fmt: skip
        alt = "Bars per model. " + " ".join(
            f"{study.title(model)}: cosine similarity {number('cosine_similarity', found[METRICS[0]]['value'])}, "
            f"nPR {number(METRICS[1], found[METRICS[1]]['value'])}."
            for model, found in values.items()
        )
        return save(figure, paths, "Similarity and sparsity of c", alt)


def _bars(panel, values: dict, metric: str, colour: str, study: ReportFacts, published: Published) -> None:
    for position, (model, found) in enumerate(values.items()):
        row = found[metric]
        panel.barh(position, row["value"], color=colour, height=0.62)
        if not math.isnan(row["low"]):
            panel.plot([row["low"], row["high"]], [position, position], color=NEUTRAL, linewidth=1.2)
        printed = published.lookup("table1", study.compares_with.get(model, model), "y+t", metric)
        label = number(metric, row["value"], unit=False)
        if printed:
            panel.plot([printed.value] * 2, [position - 0.42, position + 0.42], color=NEUTRAL, linewidth=2.0)
            label += f"\npaper {printed.value:g}"
        panel.annotate(label, (1.02, position), xycoords=("axes fraction", "data"), va="center", fontsize=8,
                       color=NEUTRAL, annotation_clip=False)  # fmt: skip
    panel.set_yticks(range(len(values)), [study.title(model) for model in values])
    panel.set_xlim(0, 1.0 if metric == "cosine_similarity" else 100.0)
    panel.invert_yaxis()
    panel.grid(axis="y", visible=False)
    panel.set_title(measure(metric).label + (", %" if metric.endswith("percent") else "") + "  (tick: paper)", pad=14)
