"""How much the training seed matters: geometry and pruning cost of each replicate of one model."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from semantic_bottleneck.reporting.core.facts import BASELINE, ReportFacts
from semantic_bottleneck.reporting.core.style import MARKERS, NEUTRAL, canvas, colours, legend, save
from semantic_bottleneck.reporting.core.vocabulary import heading, measure, number
from semantic_bottleneck.reporting.core.wording import variant_title


def draw_figure_seeds(
    scores: pd.DataFrame,
    variants: pd.DataFrame,
    models: Sequence[str],
    names: Sequence[str],
    study: ReportFacts,
    paths: Sequence[str | Path],
) -> str:
    """One row per variant, one mark per training seed with its 95 % interval: class agreement where scored, else FID.

    Args:
        scores, variants: rows of `inputs.read_scores` and `inputs.read_variants` of all replicates.
        models: replicates. names: variants, in order.

    Returns:
        Alt text with every value.
    """
    metric = "class_agreement" if (scores["metric"] == "class_agreement").any() else "fid"
    scale, palette = measure(metric).scale, colours(list(models))
    labels, sentences = [], []
    with canvas(height=1.3 + 0.5 * len(names)) as (figure, axes):
        panel = axes[0, 0]
        for position, variant in enumerate(names):
            described = variants[(variants["variant"] == variant) & variants["model"].isin(models)]
            labels.append(variant_title(described.iloc[0]) if len(described) and variant != BASELINE else variant)
            said = []
            for index, model in enumerate(models):
                rows = scores[
                    (scores["model"] == model)
                    & (scores["variant"] == variant)
                    & (scores["metric"] == metric)
                    & (scores["quantity"] == "value")
                ]
                if rows.empty:
                    continue
                row = rows.iloc[0]
                height = position + 0.22 * (index - (len(models) - 1) / 2)
                panel.hlines(height, row["low"] * scale, row["high"] * scale, color=palette[model], linewidth=1.4)
                look = {"color": palette[model], "marker": MARKERS[index % len(MARKERS)], "linestyle": ""}
                panel.plot(row["value"] * scale, height, **look, label=study.title(model) if position == 0 else None)
                said.append(number(metric, row["value"]))
            sentences.append(f"{labels[-1]}: {', '.join(said)}.")
        panel.set_yticks(range(len(names)), labels)
        panel.invert_yaxis()
        panel.grid(axis="y", visible=False)
        panel.set_xlabel(heading(metric) + (", %" if measure(metric).suffix else ""), color=NEUTRAL)
        legend(figure, panel, columns=1)
        alt = f"{measure(metric).label} of {', '.join(study.title(model) for model in models)} per variant. " + " ".join(
            sentences
        )
        return save(figure, paths, f"{study.title(models[0])}, one mark per training seed", alt)
