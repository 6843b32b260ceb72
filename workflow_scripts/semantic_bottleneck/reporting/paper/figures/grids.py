"""Figures 7, 8, 10 and 34 to 41: the same samples under one pruning variant after another."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.layout_engine import ConstrainedLayoutEngine

from semantic_bottleneck.files import parquet
from semantic_bottleneck.reporting.core.inputs import read_images
from semantic_bottleneck.reporting.core.strip import strip
from semantic_bottleneck.reporting.core.style import WIDTH, canvas, save
from semantic_bottleneck.reporting.core.wording import grid_title, variant_title
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.study.exhibits import EXAMPLES

LABEL_INCHES = 0.22


def draw_grid(evidence: PaperEvidence, paths: Sequence[str | Path]) -> str:
    """Samples of the first model (those asked for, or the first EXAMPLES) under each variant, one row per variant."""
    model, names, images = evidence.run[0], evidence.variant_names, evidence.images
    samples = evidence.samples or np.sort(parquet.read(images[0], ["sample"])["sample"])[:EXAMPLES].tolist()
    variants = evidence.variants[evidence.variants["model"] == model]
    titles = {row["variant"]: variant_title(row) for _, row in variants.iterrows()}
    shares = evidence.scores.by("variant", model=model, metric="class_agreement", quantity="value")
    pixels_and_labels = [read_images([path], samples) for path in images]
    pictures = {titles[name]: pixels for name, (pixels, _) in zip(names, pixels_and_labels, strict=True)}
    agreement = {titles[name]: float(shares[name]) for name in names if name in shares}
    title = f"{evidence.facts.title(model)}: the same samples {grid_title(variants[variants['variant'].isin(names)])}"
    return draw_samples(pictures, pixels_and_labels[0][1], title, paths, agreement)


def draw_samples(
    images: Mapping[str, np.ndarray],
    labels: np.ndarray,
    title: str,
    paths: Sequence[str | Path],
    agreement: Mapping[str, float] | None = None,
) -> str:
    """One row of images per variant, one column per sample (same label and same noise in a column).

    Args:
        images: caption of the variant -> uint8 (n, H, W, C), C = 1 or 3, the same samples in the same order.
        labels: (n,) labels, for the alt text.
        agreement: caption -> class agreement in [0, 1], added to the row's caption where known.

    Returns:
        Alt text: what the rows and columns are.
    """
    agreement = agreement or {}
    count = len(labels)
    side = WIDTH / count
    with canvas(len(images), 1, height=len(images) * (side + LABEL_INCHES) + 0.1) as (figure, axes):
        engine = figure.get_layout_engine()
        assert isinstance(engine, ConstrainedLayoutEngine)
        engine.set(h_pad=0.02, w_pad=0.02, hspace=0.0)
        for panel, (caption, values) in zip(axes[:, 0], images.items(), strict=True):
            if caption in agreement:
                caption += f" — {100 * agreement[caption]:.1f} % agreement"
            panel.imshow(strip(values), cmap="gray", vmin=0, vmax=255, interpolation="nearest", aspect="equal")
            panel.set_title(caption, fontsize=8.5, fontweight="normal", pad=2)
            panel.set_axis_off()
        rows = "; ".join(
            caption + (f" ({100 * agreement[caption]:.1f} % class agreement)" if caption in agreement else "")
            for caption in images
        )
        alt = f"Grid of {count} samples, labels {', '.join(map(str, labels))}, in {len(images)} rows: {rows}."
        return save(figure, paths, title, alt, pictures=True)
