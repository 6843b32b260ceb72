"""A card's images as arrays, and which of them are held out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from semantic_bottleneck.data.archives import read_cifar, read_idx
from semantic_bottleneck.data.bundled_images import load_images
from semantic_bottleneck.data.folders import read_folder
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.data_card import ArchiveSource, DataCard, FolderSource, PackageSource


@dataclass(frozen=True)
class LabelledImages:
    """Images in a fixed order.

    Attributes:
        images: float32 (N, C, S, S) in [-1, 1]. labels: int64 (N,).
        class_names: one per class.
        official: bool (N,), True for the publisher's own test images; None where there is no such split.
    """

    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    official: np.ndarray | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, S, S) of one image."""
        return tuple(self.images.shape[1:])


def load_dataset(card: DataCard, files: Sequence[str]) -> LabelledImages:
    """All images of a card, training and test together.

    Args:
        files: from `data_cards.source_files`.

    Raises:
        UserError: a file is absent, damaged, or does not hold what the card says.
    """
    size, channels = card.size, card.channels
    match card.source:
        case PackageSource(name=name):
            data = load_images(name)
            images, labels = placed(data.images, size, card.fit), data.labels
            names, official = data.class_names, data.held_out
        case FolderSource(classes=classes):
            images, labels, names, official = read_folder(Path(files[0]), size, channels, classes)
        case ArchiveSource(kind=kind, classes=names):
            images, labels, official = READERS[kind]([Path(file) for file in files])
            images = placed(images.astype(np.float32) / 127.5 - 1.0, size, card.fit)
    if images.shape[1:] != (channels, size, size):
        raise UserError(
            f"The card {card.name} says {channels} x {size} x {size} pixels, but the data has "
            f"{' x '.join(map(str, images.shape[1:]))}; correct size and channels."
        )
    return LabelledImages(images.astype(np.float32), labels.astype(np.int64), names, official)


def placed(images: np.ndarray, size: int, fit: Literal["padded", "enlarged"]) -> np.ndarray:
    """Square images (N, C, h, h) in [-1, 1] on canvases of `size` pixels.

    padded: in the middle of black (-1). enlarged: each pixel repeated, so that the picture fills the canvas and holds the same
    numbers.

    Raises:
        UserError: the images are larger, or cannot be enlarged by a whole number.
    """
    side = images.shape[2]
    if side > size:
        raise UserError(f"Images of {side} pixels do not fit into size: {size} of the data card; enlarge it.")
    if fit == "enlarged":
        if size % side:
            raise UserError(f"Images of {side} pixels cannot be enlarged to size: {size} of the data card; use a multiple.")
        return images.repeat(size // side, axis=2).repeat(size // side, axis=3)
    before = (size - side) // 2
    margin = (before, size - side - before)
    return np.pad(images, ((0, 0), (0, 0), margin, margin), constant_values=-1.0)


READERS: dict[str, Callable[[Sequence[Path]], tuple[np.ndarray, np.ndarray, np.ndarray]]] = {
    "idx": read_idx,
    "cifar-binary": read_cifar,
}
