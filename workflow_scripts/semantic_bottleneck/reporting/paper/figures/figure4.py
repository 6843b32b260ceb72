"""Figure 4: how the pairwise cosine similarities are distributed, for c, SiLU(c), y and the centred c."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from semantic_bottleneck.files.conditions_file import vectors
from semantic_bottleneck.geometry.measures import centred, cosine_matrix, pairwise, silu
from semantic_bottleneck.reporting.core.style import blocks, colours, legend, save
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence

KINDS = ("c", "SiLU(c)", "y alone", "c, centred")


def similarities(path: str | Path) -> dict[str, np.ndarray]:
    """The cosine similarities of all pairs of conditions at the initial step, by the KINDS of vector."""
    c, y = vectors(path, "c"), vectors(path, "y")
    sets = {"c": c, "SiLU(c)": silu(c), "y alone": y, "c, centred": centred(c)}
    return {kind: pairwise(cosine_matrix(compared)) for kind, compared in sets.items()}


def draw_figure4(evidence: PaperEvidence, paths: Sequence[str | Path]) -> str:
    """Cumulative distribution of the similarities, one panel per model.

    Returns:
        Alt text: median and 5 to 95 % range of every curve.
    """
    palette, sentences = colours(KINDS), []
    with blocks(len(evidence.conditions), 1, height=2.4) as (figure, cells):
        for (panel,), (model, path) in zip(cells, evidence.conditions.items(), strict=True):
            title = evidence.facts.title(model)
            for kind, values in similarities(path).items():
                share = 100 * (np.arange(len(values)) + 1) / len(values)
                panel.step(np.sort(values), share, where="post", color=palette[kind], label=kind)
                low, median, high = np.quantile(values, [0.05, 0.5, 0.95])
                sentences.append(
                    f"{evidence.facts.title(model)}, {kind}: median {median:.4f}, 5 to 95 % {low:.4f} to {high:.4f}."
                )
            panel.set_title(title)
            panel.set_xlabel("cosine similarity of two conditions")
            panel.set_ylabel("% of pairs below")
        legend(figure, cells[0][0], columns=2)
        return save(figure, paths, "Distribution of the pairwise similarities", " ".join(sentences))
