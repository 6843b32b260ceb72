"""Figure 3: cosine similarity of every pair of conditions, with a closer look at ten of them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from semantic_bottleneck.conditions_file import vectors
from semantic_bottleneck.geometry import cosine_matrix, pairwise
from semantic_bottleneck.reporting.figures.style import WIDTH, canvas, save

ZOOM = 10


def draw_figure3(conditions: str | Path, title: str, paths: Sequence[str | Path]) -> str:
    """Heatmap of the cosine matrix of c at the initial step; above ten conditions, a second panel shows the first ten.

    Args:
        conditions: `results/<study>/conditions/<model>/<checkpoint>.parquet`.
        title: of the model.

    Returns:
        Alt text with mean, smallest and largest similarity.
    """
    matrix = cosine_matrix(vectors(conditions, "c"))
    pairs = pairwise(matrix)
    panels = [("All conditions", matrix)] if len(matrix) > ZOOM else []
    panels.append((f"The first {ZOOM}" if panels else f"All {len(matrix)} conditions", matrix[:ZOOM, :ZOOM]))
    low = min(float(pairs.min()), 1.0)
    with canvas(len(panels), 1, height=0.92 * WIDTH * len(panels)) as (figure, axes):
        for panel, (name, values) in zip(axes[:, 0], panels, strict=True):
            image = panel.imshow(values, cmap="cividis", vmin=low, vmax=1.0, interpolation="nearest")
            panel.set_title(name)
            panel.grid(visible=False)
            panel.set_xlabel("condition")
            if len(values) <= ZOOM:
                _annotate(panel, values, low)
            figure.colorbar(image, ax=panel, shrink=0.82, label="cosine similarity")
        alt = (
            f"Heatmap of {len(matrix)} by {len(matrix)} cosine similarities of {title}: mean {pairs.mean():.4f}, "
            f"smallest {pairs.min():.4f}, largest {pairs.max():.4f} over pairs of distinct conditions."
        )
        return save(figure, paths, f"Pairwise cosine similarity, {title}", alt)


def _annotate(panel, values: np.ndarray, low: float) -> None:
    panel.set_xticks(range(len(values)))
    panel.set_yticks(range(len(values)))
    digits = 2 if low < 0.98 else 3
    for row, column in np.ndindex(values.shape):
        if row != column:
            text = f"{values[row, column]:.{digits}f}".replace("0.", ".").replace("-", "−")
            bright = values[row, column] > low + 0.55 * (1 - low)
            panel.text(column, row, text, ha="center", va="center", fontsize=6.5, color="#222222" if bright else "white")
