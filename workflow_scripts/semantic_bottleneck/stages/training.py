"""Rules train_classifier, train_clip and train_model: the study's own judges and models, from bundled images."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from semantic_bottleneck.training.classifier import load_classifier, save_classifier, train_classifier
from semantic_bottleneck.training.data import load_images, split
from semantic_bottleneck.training.trainer import train_model

logger = logging.getLogger(__name__)


def make_classifier(data: str, seed: int, output: str | Path) -> None:
    """Train the classifier on 85 % of the images and save it; its held-out accuracy goes to the log."""
    train, held_out = split(load_images(data))
    network, accuracy = train_classifier(train, held_out, seed)
    logger.info("held-out accuracy of the classifier: %.4f on %d images", accuracy, len(held_out))
    save_classifier(network, output)


def make_model(
    card: Mapping, data: str, classifier: str | Path, seed: int, checkpoint_steps: Sequence[int], folder: str | Path
) -> None:
    """Train a miniature model on all images; see `trainer.train_model` for its files."""
    train_model(card, load_images(data), load_classifier(classifier), seed, checkpoint_steps, folder)
