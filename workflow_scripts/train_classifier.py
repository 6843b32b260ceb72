"""Rules train_classifier and train_alignment: the study's own judge of images, or REPA's encoder, from the bundled images."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

import logging
from pathlib import Path

from semantic_bottleneck.data.bundled_images import load_images
from semantic_bottleneck.data.image_data import split
from semantic_bottleneck.training import classifier

logger = logging.getLogger(__name__)


def train_classifier(data: str, seed: int, output: str | Path) -> None:
    """Train the classifier on 85 % of the images and save it; its held-out accuracy goes to the log."""
    train, held_out = split(load_images(data))
    network, accuracy = classifier.train_classifier(train, held_out, seed)
    logger.info("held-out accuracy of the classifier: %.4f on %d images", accuracy, len(held_out))
    classifier.save_classifier(network, output)


if __name__ == "__main__":
    train_classifier(
        data=snakemake.params.data,
        seed=snakemake.params.seed,
        output=snakemake.output.classifier,
    )
