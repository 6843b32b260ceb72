"""Keypoints to the skeleton pictures that X-MDPT was trained on (docs/sources/continuous_conditioning.md, section 1.7)."""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from semantic_bottleneck.arrays import Float, Float32, Num, UInt8
from semantic_bottleneck.conditioning.raster import disc_mask, ellipse_mask
from semantic_bottleneck.errors import UserError

SIZE = 256
MISSING = -1
MARGIN, WIDTH = 40, 176  # keypoints count from a 256-wide frame whose middle 176 pixels became the stored picture
LIMBS = (
    (2, 3), (2, 6), (3, 4), (4, 5), (6, 7), (7, 8), (2, 9), (9, 10), (10, 11),
    (2, 12), (12, 13), (13, 14), (2, 1), (1, 15), (15, 17), (1, 16), (16, 18),
)  # joints counted from 1  # fmt: skip
HALF_WIDTH = 4  # of a limb, and the radius of a joint
OPACITY = 0.6
COLOURS = (
    (255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0),
    (0, 255, 0), (0, 255, 85), (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255),
    (0, 0, 255), (85, 0, 255), (170, 0, 255), (255, 0, 255), (255, 0, 170), (255, 0, 85),
)  # fmt: skip


def draw_skeleton(keypoints: Num[np.ndarray, "..."]) -> UInt8[np.ndarray, "256 256 3"]:
    """Draw joints, then limbs, on black.

    Args:
        keypoints: (18, 2) x and y in the frame with margins, OpenPose order, -1 where a joint is missing.

    Returns:
        (256, 256, 3) uint8, channels in the order in which the network receives them.

    Raises:
        UserError: another shape.
    """
    if keypoints.shape != (18, 2):
        raise UserError(f"A pose has shape {keypoints.shape}; give 18 rows of x and y, with -1 -1 for a missing joint.")
    points = keypoints.astype(np.float64)
    present = (points != MISSING).all(axis=1)
    points[:, 0] = np.where(points[:, 0] == MISSING, MISSING, (points[:, 0] - MARGIN) * SIZE / WIDTH)
    canvas = np.zeros((SIZE, SIZE, 3), dtype=np.uint8)
    for point, colour in zip(points[present], np.array(COLOURS)[present], strict=True):
        canvas[disc_mask((int(point[0]), int(point[1])), SIZE)] = colour
    for (first, second), colour in zip(LIMBS, COLOURS[: len(LIMBS)], strict=True):
        if present[first - 1] and present[second - 1]:
            canvas = _draw_limb(canvas, points[first - 1], points[second - 1], colour)
    return canvas[:, :, ::-1].copy()


def _draw_limb(canvas: np.ndarray, a: np.ndarray, b: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    (dx, dy), centre = a - b, (a + b) / 2
    angle = int(math.degrees(math.atan2(dy, dx)))
    length = math.sqrt(dx * dx + dy * dy)  # not hypot, whose last digit can move the half length across a whole number
    mask = ellipse_mask((int(centre[0]), int(centre[1])), (int(length / 2), HALF_WIDTH), angle, SIZE)
    painted = np.where(mask[:, :, None], np.array(colour, dtype=np.uint8), canvas)
    return np.rint((1 - OPACITY) * canvas + OPACITY * painted).astype(np.uint8)


def skeleton_tensor(keypoints: Num[np.ndarray, "18 2"], source: str) -> Float32[Tensor, "3 256 256"]:
    """The skeleton as (3, 256, 256) float32 in [0, 1], scaled so that its brightest value is 1.

    Args:
        source: the pose file, named if no joint is visible.

    Raises:
        UserError: no joint is visible, which would make every value NaN.
    """
    canvas = draw_skeleton(keypoints)
    if not canvas.any():
        raise UserError(
            f"{source} shows no visible joint, so its skeleton is undefined (0/0); take its pair out of the pairs file."
        )
    values = torch.from_numpy(canvas).permute(2, 0, 1).float() / 255
    return values / values.max()


def picture_tensor(picture: UInt8[np.ndarray, "height width 3"]) -> Float32[Tensor, "3 height width"]:
    """A stored picture (H, W, 3) uint8 as (3, H, W) float32 in [-1, 1]."""
    return torch.from_numpy(picture).permute(2, 0, 1).float() / 127.5 - 1


def dino_input(batch: Float[Tensor, "samples 3 _ _"], size: int = 224) -> Float[Tensor, "samples 3 {size} {size}"]:
    """Resize (n, 3, H, W) to (n, 3, size, size) as training did: bicubic, no antialiasing, overshoot kept, no mean or std."""
    return functional.interpolate(batch, size=(size, size), mode="bicubic", antialias=False, align_corners=False)
