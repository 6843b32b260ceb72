"""Figure 5: magnitudes of the entries of c, sorted; a few large ones, many small ones."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from semantic_bottleneck.files.conditions_file import vectors
from semantic_bottleneck.reporting.core.facts import ReportFacts
from semantic_bottleneck.reporting.core.style import MARKERS, canvas, colours, legend, save


def draw_figure5(conditions: Mapping[str, str | Path], study: ReportFacts, paths: Sequence[str | Path]) -> str:
    """Mean sorted |c_i| of each model against the rank of the entry, both as shares, on a logarithmic axis.

    Args:
        conditions: model -> conditions file of its last checkpoint; c at the initial step is used.

    Returns:
        Alt text: per model the largest entry over the median one, and the share of sum |c_i| held by the top tenth.
    """
    palette, sentences = colours(list(conditions)), []
    with canvas(height=3.6) as (figure, axes):
        panel = axes[0, 0]
        for index, (model, path) in enumerate(conditions.items()):
            profile = np.sort(np.abs(vectors(path, "c").astype(np.float64)), axis=1)[:, ::-1].mean(axis=0)
            rank = 100 * (np.arange(len(profile)) + 1) / len(profile)
            panel.plot(rank, profile, label=study.title(model), color=palette[model], marker=MARKERS[index % len(MARKERS)],
                       markevery=max(1, len(profile) // 8))  # fmt: skip
            top = profile[: max(1, round(0.1 * len(profile)))].sum() / profile.sum()
            sentences.append(
                f"{study.title(model)}: the largest entry is {profile[0] / np.median(profile):.1f} times the median, "
                f"the top tenth holds {100 * top:.1f} % of the sum of magnitudes."
            )
        panel.set_yscale("log")
        panel.set_xlabel("rank of the entry, % of dimensions")
        panel.set_ylabel("|c|, mean over conditions")
        legend(figure, panel)
        return save(figure, paths, "Sorted magnitudes of c", "Sorted magnitudes. " + " ".join(sentences))
