"""Rule train_model: a miniature model, from the bundled images."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Mapping, Sequence
from pathlib import Path

from semantic_bottleneck.data.bundled_images import load_images
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.typed import typed
from semantic_bottleneck.training import trainer
from semantic_bottleneck.training.classifier import load_classifier


def train_model(
    card: Mapping, data: str, classifier: str | None, seed: int, checkpoint_steps: Sequence[int], folder: str | Path
) -> None:
    """Train a miniature model on all images of its classes; see `trainer.train_model` for its files.

    Args:
        classifier: file of the classifier that an aligned objective learns from, or None.
    """
    model, images = typed(Card, card), load_images(data)
    alignment = load_classifier(classifier) if classifier else None
    own = images.first_classes(model.architecture["num_classes"])
    trainer.train_model(model, own, alignment, seed, checkpoint_steps, folder)


if __name__ == "__main__":
    train_model(
        card=snakemake.params.card,
        data=snakemake.params.data,
        classifier=snakemake.input.get("classifier"),
        seed=snakemake.params.seed,
        checkpoint_steps=snakemake.params.steps,
        folder=snakemake.params.folder,
    )
