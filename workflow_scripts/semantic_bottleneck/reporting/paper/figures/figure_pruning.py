"""Quality against the share of removed dimensions: tail, head and random, ranked by |c| and by |SiLU(c)|."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes

from semantic_bottleneck.reporting.core.facts import BASELINE
from semantic_bottleneck.reporting.core.style import (
    HEAD,
    NEUTRAL,
    PALETTE,
    RANDOM,
    TAIL,
    WIDTH,
    canvas,
    legend,
    plain_log,
    save,
)
from semantic_bottleneck.reporting.core.vocabulary import heading, measure, with_interval
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.kinds import as_published
from semantic_bottleneck.uncertainty.estimates import ABSENT

METRICS = ("class_agreement", "fid")
ROW, LEGEND = 1.75, 1.1
"""Inches of a model's panels, and of all that stands below them."""
CRITERIA = {
    ("tail", "magnitude"): ("tail by |c|", TAIL, "o", "-"),
    ("tail", "silu"): ("tail by |SiLU(c)|", PALETTE[5], "v", "--"),
    ("head", "magnitude"): ("head by |c|", HEAD, "s", "-"),
    ("head", "silu"): ("head by |SiLU(c)|", PALETTE[4], "^", "--"),
    ("random", "magnitude"): ("random, equal count", RANDOM, "D", "-"),
}


def pruning_points(evidence: PaperEvidence, model: str, metric: str) -> pd.DataFrame:
    """Scores of the variants that set dimensions to zero at every step, by removed share.

    Returns:
        Columns variant, side, ranked_by, removed_percent, value, low and high.
    """
    values, variants = evidence.scores.only(model=model, metric=metric, quantity="value").frame, evidence.variants
    zeroed = variants[(variants["model"] == model) & (variants["window"] == "every") & as_published(variants)]
    columns = ["variant", "side", "ranked_by", "removed_percent", "value", "low", "high"]
    return zeroed.merge(values, on=["model", "variant"])[columns].sort_values("removed_percent", kind="stable")


def draw_figure_pruning(evidence: PaperEvidence, paths: Sequence[str | Path]) -> str:
    """A row for each model: class agreement (where scored) beside FID, with 95 % intervals, against the removed share.

    Two panels share the width of one, so that the figure is as large as its neighbours, on a phone too.

    Returns:
        Alt text with every point.
    """
    facts, models, metrics = evidence.facts, evidence.run, evidence.scored(METRICS)
    sentences = []
    rows, columns = max(1, len(models)), max(1, len(metrics))
    with canvas(rows, columns, height=ROW * rows + LEGEND, width=WIDTH, sharex=True) as (figure, axes):
        for panels, model in zip(axes, models, strict=False):
            panels[0].set_title(facts.title(model))
            for panel, metric in zip(panels, metrics, strict=False):
                sentences.append(f"{facts.title(model)}, {measure(metric).label}: {_curves(panel, evidence, model, metric)}.")
        for panel in axes[-1]:
            panel.set_xlabel("removed, %")
        legend(figure, axes[0, 0], columns=2)
        return save(figure, paths, "What pruning costs", " ".join(sentences))


def _curves(panel: Axes, evidence: PaperEvidence, model: str, metric: str) -> str:
    """Draw one panel; returns its points in words."""
    scale, clauses = measure(metric).scale, []
    points = pruning_points(evidence, model, metric)
    baseline = evidence.score(model, BASELINE, metric)
    start: tuple[list[float], list[float]] = ([], [])
    if baseline is not ABSENT:
        start = ([0.0], [baseline.value * scale])
        panel.axhline(start[1][0], color=NEUTRAL, linewidth=0.9, linestyle=":")
        clauses.append(f"baseline {with_interval(metric, baseline.value, baseline.low, baseline.high)}")
    for key, (label, colour, marker, line) in CRITERIA.items():
        curve = points[(points["side"] == key[0]) & (points["ranked_by"] == key[1])]
        if curve.empty:
            continue
        shares = curve["removed_percent"]
        panel.plot([*start[0], *shares], [*start[1], *curve["value"] * scale], color=colour, linestyle=line, label=label,
                   marker=marker, markevery=slice(len(start[0]), None))  # fmt: skip
        panel.vlines(shares, curve["low"] * scale, curve["high"] * scale, color=colour, linewidth=1.2)
        values = ", ".join(
            f"{row.removed_percent:.1f} % removed {with_interval(metric, row.value, row.low, row.high)}"
            for row in curve.itertuples()
        )
        clauses.append(f"{label}: {values}")
    if metric == "fid" and (points["value"] > 0).all():
        plain_log(panel)
    panel.set_ylabel(heading(metric) + (", %" if measure(metric).suffix else ""))
    panel.set_xlim(-2, 102)
    return "; ".join(clauses)
