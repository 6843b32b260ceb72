"""Glyphs: pictures of hundreds of characters in the sixteen faces that the plotting library ships.

A class is a character that all faces draw, a sample one face's drawing, turned, scaled and moved a little. Characters with a
Unicode decomposition are left out (their classes would differ by an accent), and so is every character that looks like an
earlier one: the mean over faces of the cosine between their pictures, at the best of nine shifts, is at least `LIKENESS`.
"""

import unicodedata
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
import torch
from matplotlib.ft2font import FT2Font

from semantic_bottleneck.data.drawing import CANVAS, changed, drawing
from semantic_bottleneck.data.image_data import ImageData

FACES = (
    *("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique"),
    *("DejaVuSansMono", "DejaVuSansMono-Bold", "DejaVuSansMono-Oblique", "DejaVuSansMono-BoldOblique"),
    *("DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-Italic", "DejaVuSerif-BoldItalic"),
    *("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "STIXGeneralBolIta"),
)
HELD_OUT = ("DejaVuSansMono-Oblique", "DejaVuSerif-BoldItalic", "STIXGeneralBol")
"""Faces that judges are tested on and do not learn from: one of each family, slanted, both and bold."""
SIZE, COPIES = 12, 16
"""Pixels and drawings per class and face of the data set `glyphs-<n>`."""
LIKENESS = 0.88
KINDS = ("L", "N", "P", "S")
"""Unicode's general categories of letters, digits, punctuation and symbols."""
BOX_DRAWING = range(0x2500, 0x25A0)
SEED = 20_261_126
CAPTION = "a picture of the character {}"


@cache
def characters() -> tuple[str, ...]:
    """The distinct characters that all faces draw, ASCII first: the classes in their order."""
    shared = set.intersection(*(set(FT2Font(str(_path(face))).get_charmap()) for face in FACES))
    plain = [chr(code) for code in sorted(shared) if _is_plain(chr(code))]
    drawn = {character: pictures for character in plain if (pictures := drawings(character)) is not None}
    whole = list(drawn)
    likeness = _likeness(_reduce(np.stack(list(drawn.values())).astype(np.float32), 12))
    kept: list[int] = []
    for number in range(len(whole)):
        if not kept or likeness[number, kept].max() < LIKENESS:
            kept.append(number)
    return tuple(whole[number] for number in kept)


def glyphs(size: int, classes: int, copies: int, seed: int = SEED) -> ImageData:
    """`copies` pictures of each of the first `classes` characters in each face, shuffled: float32 (N, 1, size, size).

    Args:
        size: divides 48.
        seed: decides how each copy is turned, scaled and moved, and the order.
    """
    names, faces = characters()[:classes], np.isin(FACES, HELD_OUT)
    drawn = torch.from_numpy(
        np.stack([pictures for name in names if (pictures := drawings(name)) is not None]).reshape(-1, 1, CANVAS, CANVAS)
    )
    labels = np.repeat(np.arange(len(names)), len(FACES))
    generator = torch.Generator().manual_seed(seed)
    made = [changed(drawn.float() / 255, generator, size) for _ in range(copies)]
    images, labels = torch.cat(made).numpy() * 2 - 1, np.tile(labels, copies)
    order = torch.randperm(len(labels), generator=generator).numpy()
    class_names = tuple(unicodedata.name(name, name).lower() for name in names)
    held_out = np.tile(faces, len(names) * copies)
    return ImageData(images[order], labels[order].astype(np.int64), class_names, held_out[order], CAPTION)


def bundled_glyphs(classes: int) -> ImageData:
    """The data set `glyphs-<classes>`."""
    return glyphs(SIZE, classes, COPIES)


def _is_plain(character: str) -> bool:
    plain = unicodedata.category(character)[0] in KINDS and not unicodedata.decomposition(character)
    return plain and ord(character) not in BOX_DRAWING


def _path(face: str) -> Path:
    return Path(matplotlib.get_data_path()) / f"fonts/ttf/{face}.ttf"


@cache
def drawings(character: str) -> np.ndarray | None:
    """uint8 (faces, 48, 48): the ink's box scaled to 40 pixels and centred; None where a face leaves the square empty."""
    drawn = [picture for face in FACES if (picture := drawing(character, _path(face))) is not None]
    return np.stack(drawn) if len(drawn) == len(FACES) else None


def _reduce(pictures: np.ndarray, size: int) -> np.ndarray:
    """(..., 48, 48) -> (..., size, size) by averaging."""
    step = CANVAS // size
    return pictures.reshape(*pictures.shape[:-2], size, step, size, step).mean(axis=(-3, -1))


def _likeness(pictures: np.ndarray) -> np.ndarray:
    """Pictures (n, faces, 12, 12) -> (n, n): mean over faces of the cosine, at the best of nine shifts by one pixel."""
    best = np.full((len(pictures), len(pictures)), -1.0)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            moved = np.roll(pictures, (down, right), axis=(-2, -1))
            best = np.maximum(best, np.einsum("ifd,jfd->ij", _units(pictures), _units(moved), optimize=True) / len(FACES))
    return np.maximum(best, best.T)


def _units(pictures: np.ndarray) -> np.ndarray:
    flat = pictures.reshape(*pictures.shape[:2], -1)
    return flat / np.linalg.norm(flat, axis=-1, keepdims=True)
