"""Figure 5: magnitudes of the entries of c, sorted; a few large ones, many small ones."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from semantic_bottleneck.files.conditions_file import vectors
from semantic_bottleneck.reporting.core.style import MARKERS, canvas, colours, legend, save
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence


def draw_figure5(evidence: PaperEvidence, paths: Sequence[str | Path]) -> str:
    """Mean sorted |c_i| of each model's c at the initial step against the rank of the entry, both as shares, on a logarithmic
    axis.

    Returns:
        Alt text: per model the largest entry over the median one, and the share of sum |c_i| held by the top tenth.
    """
    palette, sentences = colours(list(evidence.conditions)), []
    with canvas(height=3.6) as (figure, axes):
        panel = axes[0, 0]
        for index, (model, path) in enumerate(evidence.conditions.items()):
            profile = np.sort(np.abs(vectors(path, "c").astype(np.float64)), axis=1)[:, ::-1].mean(axis=0)
            rank = 100 * (np.arange(len(profile)) + 1) / len(profile)
            look = {"color": palette[model], "marker": MARKERS[index % len(MARKERS)], "markevery": max(1, len(profile) // 8)}
            panel.plot(rank, profile, label=evidence.facts.title(model), **look)
            top = profile[: max(1, round(0.1 * len(profile)))].sum() / profile.sum()
            sentences.append(
                f"{evidence.facts.title(model)}: the largest entry is {profile[0] / np.median(profile):.1f} times the median, "
                f"the top tenth holds {100 * top:.1f} % of the sum of magnitudes."
            )
        panel.set_yscale("log")
        panel.set_xlabel("rank of the entry, % of dimensions")
        panel.set_ylabel("|c|, mean over conditions")
        legend(figure, panel)
        return save(figure, paths, "Sorted magnitudes of c", "Sorted magnitudes. " + " ".join(sentences))
