"""Figure 1: how similar the conditional vectors are and how few dimensions they use, per model."""

import math
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes

from semantic_bottleneck.reporting.core.style import HEAD, NEUTRAL, TAIL, canvas, save
from semantic_bottleneck.reporting.core.vocabulary import measure, number
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate

METRICS = ("cosine_similarity", "normalized_participation_ratio_percent")
GAUSSIAN_PERCENT = 63.66
"""100 * 2 / pi, the nPR of a vector of independent Gaussian entries."""


def draw_figure1(evidence: PaperEvidence, paths: Sequence[str | Path]) -> str:
    """Bars of cosine similarity and nPR of c at the initial step, the paper's value as a tick; models without rows are left
    out.

    Returns:
        Alt text with the numbers.
    """
    bars = {}
    for model in evidence.run:
        estimates = {metric: evidence.final.select(model=model, kind="c", metric=metric) for metric in METRICS}
        if ABSENT not in estimates.values():
            bars[model] = estimates
    with canvas(2, 1, height=1.6 + 0.86 * max(len(bars), 1)) as (figure, axes):
        for panel, metric, colour in zip(axes[:, 0], METRICS, (TAIL, HEAD), strict=True):
            _bars(panel, bars, metric, colour, evidence)
        axes[1, 0].axvline(GAUSSIAN_PERCENT, color=NEUTRAL, linewidth=0.8, linestyle=":")
        axes[1, 0].annotate("Gaussian vector", (GAUSSIAN_PERCENT, 1.0), xycoords=("data", "axes fraction"),
                            ha="right", va="bottom", fontsize=8, color=NEUTRAL)  # fmt: skip
        alt = "Bars per model. " + " ".join(
            f"{evidence.facts.title(model)}: cosine similarity {number(METRICS[0], estimates[METRICS[0]].value)}, "
            f"nPR {number(METRICS[1], estimates[METRICS[1]].value)}."
            for model, estimates in bars.items()
        )
        return save(figure, paths, "Similarity and sparsity of c", alt)


def _bars(panel: Axes, bars: dict[str, dict[str, Estimate]], metric: str, colour: str, evidence: PaperEvidence) -> None:
    for position, (model, estimates) in enumerate(bars.items()):
        own = estimates[metric]
        panel.barh(position, own.value, color=colour, height=0.62)
        if not math.isnan(own.low):
            panel.plot([own.low, own.high], [position, position], color=NEUTRAL, linewidth=1.2)
        printed = evidence.printed("table1", model, "y+t", metric)
        label = number(metric, own.value, unit=False)
        if printed:
            panel.plot([printed.value] * 2, [position - 0.42, position + 0.42], color=NEUTRAL, linewidth=2.0)
            label += f"\npaper {printed.value:g}"
        panel.annotate(label, (1.02, position), xycoords=("axes fraction", "data"), va="center", fontsize=8,
                       color=NEUTRAL, annotation_clip=False)  # fmt: skip
    panel.set_yticks(range(len(bars)), [evidence.facts.title(model) for model in bars])
    panel.set_xlim(0, 1.0 if metric == "cosine_similarity" else 100.0)
    panel.invert_yaxis()
    panel.grid(axis="y", visible=False)
    panel.set_title(measure(metric).label + (", %" if metric.endswith("percent") else "") + "  (tick: paper)", pad=14)
