"""Quality against the share of removed dimensions: tail, head and random, ranked by |c| and by |SiLU(c)|."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from semantic_bottleneck.reporting.figures.style import HEAD, NEUTRAL, PALETTE, RANDOM, TAIL, canvas, direct_legend, save
from semantic_bottleneck.reporting.study import BASELINE, Study
from semantic_bottleneck.reporting.vocabulary import heading, measure, with_interval

METRICS = ("class_agreement", "fid")
CRITERIA = {
    ("tail", "c"): ("tail by |c|", TAIL, "o", "-"),
    ("tail", "silu"): ("tail by |SiLU(c)|", PALETTE[5], "v", "--"),
    ("head", "c"): ("head by |c|", HEAD, "s", "-"),
    ("head", "silu"): ("head by |SiLU(c)|", PALETTE[4], "^", "--"),
    ("random", "c"): ("random, equal count", RANDOM, "D", "-"),
}


def pruning_points(scores: pd.DataFrame, variants: pd.DataFrame, model: str, metric: str) -> pd.DataFrame:
    """Scores of the variants that set dimensions to zero at every step: side, magnitude, removed_percent, value, low, high, variant."""
    values = scores[(scores["model"] == model) & (scores["metric"] == metric) & (scores["quantity"] == "value")]
    known = variants[(variants["model"] == model) & (variants["window"] == "every") & (variants["replacement"] == "zero")]
    columns = ["variant", "side", "magnitude", "removed_percent", "value", "low", "high"]
    return known.merge(values, on=["model", "variant"])[columns].sort_values("removed_percent", kind="stable")


def draw_figure_pruning(
    scores: pd.DataFrame, variants: pd.DataFrame, models: Sequence[str], study: Study, paths: Sequence[str | Path]
) -> str:
    """One column of panels per model: class agreement (where scored) and FID with 95 % intervals against the removed share.

    Args:
        scores, variants: rows of `inputs.read_scores` and `inputs.read_variants`.

    Returns:
        Alt text with every point.
    """
    metrics = [metric for metric in METRICS if metric in set(scores["metric"])]
    panels = [(model, metric) for model in models for metric in metrics]
    sentences = []
    with canvas(len(panels), 1, height=0.8 + 2.5 * max(1, len(panels)), sharex=True) as (figure, axes):
        for panel, (model, metric) in zip(axes[:, 0], panels, strict=False):
            scale = measure(metric).scale
            points = pruning_points(scores, variants, model, metric)
            baseline = scores[
                (scores["model"] == model) & (scores["variant"] == BASELINE) & (scores["metric"] == metric) & (scores["quantity"] == "value")
            ]
            level = baseline["value"].iloc[0] * scale if len(baseline) else None
            if level is not None:
                panel.axhline(level, color=NEUTRAL, linewidth=0.9, linestyle=":")
                sentences.append(f"{study.title(model)}, {measure(metric).label}, baseline {_said(metric, baseline.iloc[0])}.")
            for key, (label, colour, marker, line) in CRITERIA.items():
                curve = points[(points["side"] == key[0]) & (points["magnitude"] == key[1])]
                if curve.empty:
                    continue
                shares, heights = curve["removed_percent"].to_numpy(), curve["value"].to_numpy() * scale
                start = ([0.0], [level]) if level is not None else ([], [])
                panel.plot([*start[0], *shares], [*start[1], *heights], color=colour, linestyle=line, label=label)
                panel.plot(shares, heights, color=colour, linestyle="", marker=marker)
                panel.vlines(shares, curve["low"] * scale, curve["high"] * scale, color=colour, linewidth=1.2)
                said = ", ".join(f"{row.removed_percent:.1f} % removed {_said(metric, row._asdict())}" for row in curve.itertuples())
                sentences.append(f"{label}: {said}.")
            if metric == "fid":
                panel.set_yscale("symlog", linthresh=1.0)
            panel.set_ylabel(heading(metric) + (", %" if measure(metric).suffix else ""))
            panel.set_title(study.title(model))
            panel.set_xlim(-2, 102)
        axes[-1, 0].set_xlabel("removed dimensions, %")
        direct_legend(axes[-1, 0])
        return save(figure, paths, "What pruning costs", " ".join(sentences))


def _said(metric: str, row) -> str:
    return with_interval(metric, row["value"], row["low"], row["high"])
