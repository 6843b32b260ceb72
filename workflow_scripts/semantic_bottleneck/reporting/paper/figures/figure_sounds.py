"""Spectrograms of the same clips under one pruning variant after another."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from semantic_bottleneck.files import parquet
from semantic_bottleneck.reporting.core.inputs import read_images
from semantic_bottleneck.reporting.core.style import canvas, save
from semantic_bottleneck.reporting.core.wording import variant_title
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence

CLIPS = 2
"""Side by side; more would be too narrow to read."""
ROW_INCHES = 1.0


def draw_figure_sounds(evidence: PaperEvidence, paths: Sequence[str | Path]) -> str:
    """The example samples of each variant of the first model, in sample order."""
    titles = {row["variant"]: variant_title(row) for _, row in evidence.variants.iterrows()}
    pictures = {}
    for name, path in zip(evidence.variant_names, evidence.images, strict=True):
        samples = np.sort(parquet.read(path, ["sample"])["sample"])
        pictures[titles[name]] = read_images([path], samples)[0]
    return draw_spectrograms(pictures, f"{evidence.facts.title(evidence.run[0])}: the same clips under pruning", paths)


def draw_spectrograms(pictures: Mapping[str, np.ndarray], title: str, paths: Sequence[str | Path]) -> str:
    """One row per variant, one column per clip: time to the right, pitch upwards, loudness as brightness.

    Args:
        pictures: caption of the variant -> uint8 (n, F, T, 1), the same clips in the same order.

    Returns:
        Alt text: what the rows and columns are.
    """
    with canvas(len(pictures), CLIPS, height=len(pictures) * ROW_INCHES) as (figure, axes):
        for panels, (caption, values) in zip(axes, pictures.items(), strict=True):
            for clip, panel in enumerate(panels):
                panel.set_axis_off()
                if clip < len(values):
                    panel.imshow(values[clip, :, :, 0], cmap="magma", vmin=0, vmax=255, aspect="auto", interpolation="nearest")
            panels[0].set_title(caption, fontsize=8.5, fontweight="normal", pad=2)
        shown = min(CLIPS, *(len(values) for values in pictures.values()))
        rows = "1 row" if len(pictures) == 1 else f"{len(pictures)} rows"
        alt = f"Log-mel spectrograms of {shown} clips in {rows}: {'; '.join(pictures)}."
        return save(figure, paths, title, alt, pictures=True)
