"""Figure 3: cosine similarity of every pair of conditions, with a closer look at ten of them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from semantic_bottleneck.files.conditions_file import vectors
from semantic_bottleneck.geometry.measures import cosine_matrix, pairwise
from semantic_bottleneck.reporting.core.style import blocks, save
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence

ZOOM = 10


def draw_figure3(evidence: PaperEvidence, paths: Sequence[str | Path]) -> str:
    """Heatmaps of the cosine matrix of c at the initial step; above ten conditions, a second panel shows the first ten.

    The diagonal (always 1) is left blank, so that the colours span what differs.

    Returns:
        Alt text with mean, smallest and largest similarity per model.
    """
    matrices = {model: cosine_matrix(vectors(path, "c")) for model, path in evidence.conditions.items()}
    zoomed = max(map(len, matrices.values())) > ZOOM
    sentences = []
    with blocks(len(matrices), 1 + zoomed, height=4.2) as (figure, cells):
        for axes, (model, matrix) in zip(cells, matrices.items(), strict=True):
            pairs = pairwise(matrix)
            limits, title = (float(pairs.min()), float(pairs.max())), evidence.facts.title(model)
            _heatmap(figure, axes[0], matrix, limits, f"{title}, {len(matrix)} conditions")
            if zoomed:
                _heatmap(figure, axes[1], matrix[:ZOOM, :ZOOM], limits, f"The first {ZOOM}")
            sentences.append(
                f"{title}, {len(matrix)} conditions: mean {pairs.mean():.4f}, "
                f"smallest {limits[0]:.4f}, largest {limits[1]:.4f}."
            )
        alt = "Heatmaps of the cosine similarity of every pair of distinct conditions. " + " ".join(sentences)
        return save(figure, paths, "Pairwise cosine similarity", alt, pictures=True)  # colours are values


def _heatmap(figure, panel, matrix: np.ndarray, limits: tuple[float, float], title: str) -> None:
    shown = np.where(np.eye(len(matrix), dtype=bool), np.nan, matrix)
    image = panel.imshow(shown, cmap="cividis", vmin=limits[0], vmax=limits[1], interpolation="nearest")
    panel.set_title(title)
    panel.grid(visible=False)
    panel.set_xlabel("condition")
    figure.colorbar(image, ax=panel, shrink=0.78, label="cosine similarity")
    if len(matrix) > ZOOM:
        return
    panel.set_xticks(range(len(matrix)))
    panel.set_yticks(range(len(matrix)))
    digits = next(digits for digits in (2, 3, 4) if limits[1] - limits[0] > 2 * 10.0**-digits or digits == 4)
    for row, column in np.argwhere(~np.isnan(shown)):
        value = shown[row, column]
        text = f"{value:.{digits}f}".replace("0.", ".").replace("-", "−")
        dark = value > limits[0] + 0.55 * (limits[1] - limits[0])
        panel.text(column, row, text, ha="center", va="center", fontsize=6.5, color="#222222" if dark else "white")
