"""Glyphs: pictures of hundreds of characters in the sixteen faces that the plotting library ships.

A class is a character that all faces draw, a sample one face's drawing, turned, scaled and moved a little. Characters with a
Unicode decomposition are left out (their classes would differ by an accent), and so is every character that looks like an
earlier one: the mean over faces of the cosine between their pictures, at the best of nine shifts, is at least `LIKENESS`.
"""

import math
import unicodedata
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
import torch
from matplotlib.ft2font import FT2Font
from PIL import Image, ImageDraw, ImageFont
from torch.nn import functional

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
CANVAS, BOX, POINTS = 48, 40, 64
"""Pixels of the square on which a character is drawn, of the longer side of its ink there, and the font size before that."""
TURN, SCALE, SHIFT = 6.0, (0.95, 1.15), 2.0
"""Degrees, factors of the sampling grid, and pixels of the canvas: the ranges of a sample's uniform changes."""
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
    made = [_changed(drawn.float() / 255, generator, size) for _ in range(copies)]
    images, labels = torch.cat(made).numpy() * 2 - 1, np.tile(labels, copies)
    order = torch.randperm(len(labels), generator=generator).numpy()
    class_names = tuple(unicodedata.name(name, name).lower() for name in names)
    held_out = np.tile(faces, len(names) * copies)
    return ImageData(images[order], labels[order].astype(np.int64), class_names, held_out[order], CAPTION)


def bundled_glyphs(classes: int) -> ImageData:
    """The data set `glyphs-<classes>`."""
    return glyphs(SIZE, classes, COPIES)


def _changed(drawn: torch.Tensor, generator: torch.Generator, size: int) -> torch.Tensor:
    """Ink in [0, 1] (n, 1, 48, 48) -> as much of it in (n, 1, size, size), each turned, scaled and moved by chance."""
    turn, scale, right, down = torch.rand(4, len(drawn), generator=generator)
    angle = math.radians(TURN) * (2 * turn - 1)
    factor = SCALE[0] + (SCALE[1] - SCALE[0]) * scale
    return placed(drawn, angle, factor, torch.stack([right, down]), size)


def placed(drawn: torch.Tensor, angle: torch.Tensor, factor: torch.Tensor, place: torch.Tensor, size: int) -> torch.Tensor:
    """Ink in [0, 1] (n, 1, 48, 48) turned by `angle` (n,) in radians, on a grid scaled by `factor` (n,) and moved to `place`
    (2, n) in [0, 1] of the range SHIFT, averaged to (n, 1, size, size)."""
    right, down = place
    cosine, sine = factor * angle.cos(), factor * angle.sin()
    moved = (2 * SHIFT / CANVAS) * (2 * torch.stack([right, down]) - 1)
    matrix = torch.stack([torch.stack([cosine, -sine, moved[0]], 1), torch.stack([sine, cosine, moved[1]], 1)], 1)
    grid = functional.affine_grid(matrix, list(drawn.shape), align_corners=False)
    turned = functional.grid_sample(drawn, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return functional.avg_pool2d(turned, CANVAS // size)


def _is_plain(character: str) -> bool:
    plain = unicodedata.category(character)[0] in KINDS and not unicodedata.decomposition(character)
    return plain and ord(character) not in BOX_DRAWING


def _path(face: str) -> Path:
    return Path(matplotlib.get_data_path()) / f"fonts/ttf/{face}.ttf"


@cache
def _font(face: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_path(face)), POINTS)


@cache
def drawings(character: str) -> np.ndarray | None:
    """uint8 (faces, 48, 48): the ink's box scaled to 40 pixels and centred; None where a face leaves the square empty."""
    drawn = [picture for face in FACES if (picture := _drawing(character, face)) is not None]
    return np.stack(drawn) if len(drawn) == len(FACES) else None


def _drawing(character: str, face: str) -> np.ndarray | None:
    font = _font(face)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(character))
    if right <= left or bottom <= top:
        return None
    picture = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(picture).text((-left, -top), character, fill=255, font=font)
    ink = picture.getbbox()
    if ink is None:
        return None
    picture = picture.crop(ink)
    scale = BOX / max(picture.size)
    picture = picture.resize([max(1, round(side * scale)) for side in picture.size], Image.Resampling.BILINEAR)
    canvas = Image.new("L", (CANVAS, CANVAS))
    canvas.paste(picture, ((CANVAS - picture.width) // 2, (CANVAS - picture.height) // 2))
    return np.asarray(canvas)


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
