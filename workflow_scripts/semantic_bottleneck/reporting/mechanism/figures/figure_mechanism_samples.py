"""What every arm draws, unpruned and pruned."""

from collections.abc import Sequence
from pathlib import Path

from semantic_bottleneck.reporting.core.inputs import read_images
from semantic_bottleneck.reporting.core.strip import strip
from semantic_bottleneck.reporting.core.style import canvas, save
from semantic_bottleneck.reporting.mechanism.evidence import MechanismEvidence
from semantic_bottleneck.study.exhibits import EXAMPLES


def draw_figure_mechanism_samples(evidence: MechanismEvidence, paths: Sequence[str | Path]) -> str:
    """One row per arm, one panel per variant that the study shows: the first samples of its first training, noise alike.

    Returns:
        Alt text: what the rows and columns are.
    """
    variants = evidence.study["shown"]
    with canvas(len(evidence.arms), len(variants), height=0.62 * len(evidence.arms)) as (figure, axes):
        for row, arm in zip(axes, evidence.arms, strict=True):
            for panel, variant in zip(row, variants, strict=True):
                pictures, _ = read_images([evidence.images[arm.name, variant]], range(EXAMPLES))
                panel.imshow(strip(pictures), cmap="gray", vmin=0, vmax=255, interpolation="nearest", aspect="equal")
                panel.set_title(f"{arm.title}, {variant}", fontsize=8, fontweight="normal", pad=2)
                panel.set_axis_off()
        arms = ", ".join(arm.title for arm in evidence.arms)
        alt = f"The first {EXAMPLES} samples of every arm's first training ({arms}), in columns {', '.join(variants)}."
        return save(figure, paths, "What every arm draws", alt, pictures=True)
