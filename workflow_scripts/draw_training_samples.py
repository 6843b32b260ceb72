"""Rule draw_training_samples: what a model draws at several moments of its training."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Mapping, Sequence
from pathlib import Path

from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.typed import required, typed
from semantic_bottleneck.training import previews


def draw_training_samples(
    card: Mapping, checkpoints: Sequence[str], steps: Sequence[int], seed: int, output: str | Path
) -> None:
    """One row per training checkpoint, one column per class, the same noise in all rows."""
    model = typed(Card, card)
    names = tuple(str(label) for label in range(required(model.classes)))
    found = {step: Path(path) for step, path in zip(steps, checkpoints, strict=True)}
    previews.draw_training_samples(model, found, names, seed, output)


if __name__ == "__main__":
    draw_training_samples(
        card=snakemake.params.card,
        checkpoints=list(snakemake.input.steps),
        steps=snakemake.params.steps,
        seed=snakemake.params.seed,
        output=snakemake.output.png,
    )
