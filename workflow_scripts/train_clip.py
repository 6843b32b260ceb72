"""Rule train_clip: the study's image-text model, saved as a local open_clip folder."""

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
from semantic_bottleneck.training import clip_training

logger = logging.getLogger(__name__)


def train_clip(data: str, seed: int, folder: str | Path) -> None:
    """Train on 85 % of the images with the caption of each class; the zero-shot accuracy goes to the log."""
    train, held_out = split(load_images(data))
    model, accuracy = clip_training.train_clip(train, held_out, seed)
    logger.info("held-out zero-shot accuracy of the image-text model: %.4f on %d images", accuracy, len(held_out))
    clip_training.save_clip(model, folder)


if __name__ == "__main__":
    train_clip(
        data=snakemake.params.data,
        seed=snakemake.params.seed,
        folder=snakemake.params.folder,
    )
