"""Rule draw_training_samples: what a model draws at several moments of its training."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from semantic_bottleneck.training.previews import draw_training_samples


def draw_previews(card: Mapping, checkpoints: Sequence[str], steps: Sequence[int], seed: int, output: str | Path) -> None:
    """One row per training checkpoint, one column per class, the same noise in all rows."""
    names = tuple(str(label) for label in range(card["conditioning"]["classes"]))
    found = {step: Path(path) for step, path in zip(steps, checkpoints, strict=True)}
    draw_training_samples(card, found, names, seed, output)
