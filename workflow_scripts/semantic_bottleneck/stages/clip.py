"""Rule train_clip: the study's image-text model, saved as a local open_clip folder."""

import logging
from pathlib import Path

from semantic_bottleneck.training.clip_training import save_clip, train_clip
from semantic_bottleneck.training.data import load_images, split

logger = logging.getLogger(__name__)


def make_clip(data: str, seed: int, folder: str | Path) -> None:
    """Train on 85 % of the images with the caption of each class; the zero-shot accuracy goes to the log."""
    train, held_out = split(load_images(data))
    model, accuracy = train_clip(train, held_out, seed)
    logger.info("held-out zero-shot accuracy of the image-text model: %.4f on %d images", accuracy, len(held_out))
    save_clip(model, folder)
