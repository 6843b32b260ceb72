"""Figure 9: histogram of the magnitudes of c, with the thresholds that cut off the tail and the head."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from semantic_bottleneck.files.conditions_file import vectors
from semantic_bottleneck.geometry.measures import head_share, tail_share
from semantic_bottleneck.reporting.core.style import HEAD, TAIL, blocks, save
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence

BINS = 60


def draw_figure9(evidence: PaperEvidence, paths: Sequence[str | Path]) -> str:
    """One panel per model: distribution of |c_i| at the initial step over conditions and dimensions on a logarithmic axis, with
    marks at the variants' thresholds on |c|.

    Returns:
        Alt text: per model the quantiles of |c| and the share below or above each mark.
    """
    sentences = []
    with blocks(len(evidence.conditions), 1, height=2.1) as (figure, cells):
        for (panel,), (model, path) in zip(cells, evidence.conditions.items(), strict=True):
            values = vectors(path, "c").astype(np.float64)
            magnitudes = np.abs(values[values != 0])
            edges = np.geomspace(magnitudes.min(), magnitudes.max(), BINS + 1)
            edges[0], edges[-1] = magnitudes.min(), magnitudes.max()
            panel.hist(magnitudes, edges, weights=np.full(len(magnitudes), 100 / len(magnitudes)), color="#BBBBBB")
            panel.set_xscale("log")
            panel.set_title(evidence.facts.title(model))
            panel.set_ylabel("% of entries")
            panel.set_xlabel("|c|")
            median, high = np.quantile(magnitudes, [0.5, 0.99])
            sentence = f"{evidence.facts.title(model)}: median |c| {median:.3g}, 99th percentile {high:.3g}"
            for side, threshold in _marks(evidence.variants, model):
                share = 100 * (tail_share if side == "tail" else head_share)(values, threshold).mean()
                colour = TAIL if side == "tail" else HEAD
                panel.axvline(threshold, color=colour, linewidth=1.4, linestyle="-" if side == "tail" else "--")
                where = {"xycoords": ("data", "axes fraction"), "xytext": (-2, 0), "textcoords": "offset points"}
                look = {"rotation": 90, "ha": "right", "va": "top", "fontsize": 7, "color": colour}
                panel.annotate(f"{side} {share:.3g} %", (threshold, 0.97), **where, **look)
                sentence += f", {share:.1f} % {'below' if side == 'tail' else 'above'} {threshold:.3g} ({side})"
            sentences.append(sentence + ".")
        return save(figure, paths, "Magnitudes of c and the thresholds", "Histograms. " + " ".join(sentences))


def _marks(variants: pd.DataFrame, model: str) -> list[tuple[str, float]]:
    """Distinct (side, threshold) on |c| of a model's tail and head variants, in ascending order of threshold."""
    thresholds = variants[
        (variants["model"] == model)
        & variants["side"].isin(["tail", "head"])
        & (variants["ranked_by"] == "magnitude")
        & (variants["mask"] == "per-vector")
        & variants["threshold"].notna()
    ]
    pairs = {(str(row.side), float(row.threshold)) for row in thresholds.itertuples()}
    return sorted(pairs, key=lambda pair: pair[1])
