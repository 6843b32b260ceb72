"""A character of a font as a picture, and that picture turned, scaled and moved."""

import math
from functools import cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch.nn import functional

CANVAS, BOX, POINTS = 48, 40, 64
"""Pixels of the square on which a character is drawn, of the longer side of its ink there, and the font size before that."""
TURN, SCALE, SHIFT = 6.0, (0.95, 1.15), 2.0
"""Degrees, factors of the sampling grid, and pixels of the canvas: the ranges of a sample's uniform changes."""


def drawing(character: str, face: Path) -> np.ndarray | None:
    """uint8 (48, 48): the character in a font's file, its ink's box scaled to 40 pixels and centred; None without ink."""
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


def changed(drawn: torch.Tensor, generator: torch.Generator, size: int) -> torch.Tensor:
    """Ink in [0, 1] (n, 1, 48, 48) -> as much of it in (n, 1, size, size), each turned, scaled and moved by chance.

    `size` divides 48.
    """
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


@cache
def _font(face: Path) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(face), POINTS)
