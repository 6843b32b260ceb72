"""OpenCV's bilinear resize of 8-bit pictures in width, bit for bit, without OpenCV.

Source: docs/sources/continuous_conditioning.md, section 1.9.
"""

import numpy as np

from semantic_bottleneck.arrays import UInt8

WIDTH = 176
"""Of DeepFashion's pictures before they were stretched to 256 x 256; PIDM's metrics return to it."""
BITS = 11


def resize_width(
    pictures: UInt8[np.ndarray, "pictures height _ channels"], width: int = WIDTH
) -> UInt8[np.ndarray, "pictures height {width} channels"]:
    """uint8 (n, H, W, C) -> (n, H, width, C): two neighbours, half-pixel centres, weights in 2048ths, no antialiasing."""
    size = pictures.shape[2]
    centre = ((np.arange(width) + 0.5) * (size / width) - 0.5).astype(np.float32)
    left = np.floor(centre).astype(np.int64)
    share = np.where((left < 0) | (left >= size - 1), 0, centre - left).astype(np.float32)
    left = np.clip(left, 0, size - 1)
    right = np.minimum(left + 1, size - 1)
    scale = np.float32(1 << BITS)
    first, second = (np.rint(weight * scale).astype(np.int32)[:, None] for weight in (1 - share, share))
    summed = pictures[:, :, left].astype(np.int32) * first + pictures[:, :, right].astype(np.int32) * second
    return ((summed + (1 << (BITS - 1))) >> BITS).astype(np.uint8)
