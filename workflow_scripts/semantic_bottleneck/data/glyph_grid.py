"""One character in many attitudes: a condition is a point of a grid of angles, sizes and strokes, not a name.

What pose and video models are conditioned on is continuous; here the network can be given the point through a small MLP
(`architecture.label_grid`) or, on the same pictures, through a table with a row for each point.
"""

import math

import numpy as np
import torch
from torch.nn import functional

from semantic_bottleneck.data.drawing import placed
from semantic_bottleneck.data.glyphs import FACES, SIZE, drawings
from semantic_bottleneck.data.image_data import ImageData

CHARACTER = "R"
ANGLES, SIZES, STROKES = 7, 3, 3
"""Points along each axis, in the order in which labels count them, strokes fastest."""
WIDEST_ANGLE = 60.0
"""Degrees, to both sides."""
SMALLEST = 0.6
"""Of the largest size."""
COPIES = 16
SEED = 20_261_127
LIGHT = tuple(face for face in FACES if "Bol" not in face)
"""Faces whose own weight does not pass for a stroke."""
HELD_OUT = ("DejaVuSansMono-Oblique", "STIXGeneral")


def glyph_grid() -> ImageData:
    """The data set `glyph-grid`: float32 (N, 1, 12, 12), COPIES pictures of each point in each light face, shuffled."""
    light = [FACES.index(face) for face in LIGHT]
    drawn = drawings(CHARACTER)
    assert drawn is not None
    ink = torch.from_numpy(drawn[light]).float()[:, None] / 255
    strokes = torch.stack([-functional.max_pool2d(-ink, 3, 1, 1), ink, functional.max_pool2d(ink, 5, 1, 2)])
    labels, faces, _ = np.meshgrid(np.arange(ANGLES * SIZES * STROKES), np.arange(len(LIGHT)), np.arange(COPIES), indexing="ij")
    turn, scale, stroke = np.unravel_index(labels.ravel(), (ANGLES, SIZES, STROKES))
    angle = math.radians(WIDEST_ANGLE) * (2 * torch.from_numpy(turn) / (ANGLES - 1) - 1)
    side = SMALLEST + (1 - SMALLEST) * torch.from_numpy(scale) / (SIZES - 1)
    generator = torch.Generator().manual_seed(SEED)
    places = torch.rand(2, labels.size, generator=generator)
    pictures = placed(strokes[stroke, faces.ravel()], angle, 1 / side, places, SIZE)
    order = torch.randperm(labels.size, generator=generator).numpy()
    names = tuple(f"turn {a} size {b} stroke {c}" for a in range(ANGLES) for b in range(SIZES) for c in range(STROKES))
    images = pictures.float().numpy()[order] * 2 - 1
    held_out = np.isin(LIGHT, HELD_OUT)[faces.ravel()][order]
    return ImageData(images, labels.ravel()[order].astype(np.int64), names, held_out, "a picture of the letter, {}")
