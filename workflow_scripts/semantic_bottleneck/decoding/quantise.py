"""Float pictures to 8 bits, exactly as each official pipeline does it (docs/sources/sit_family.md, section 8)."""

from collections.abc import Callable

import numpy as np

from semantic_bottleneck.arrays import Float, UInt8


def half_floor(pixels: Float[np.ndarray, "*shape"]) -> UInt8[np.ndarray, "*shape"]:
    """Any shape in [-1, 1] -> uint8: 127.5 x + 128, clamped to 0..255, truncated, which rounds to the nearest level.

    DiT, SiT, LightningDiT; 0 becomes 128.
    """
    return np.clip(np.float32(127.5) * pixels.astype(np.float32) + np.float32(128), 0, 255).astype(np.uint8)


def floor(pixels: Float[np.ndarray, "*shape"]) -> UInt8[np.ndarray, "*shape"]:
    """Any shape in [-1, 1] -> uint8: 127.5 (x + 1), clamped to 0..255, truncated: half a level darker on average.

    REPA, MG, MDTv2; 0 becomes 127. They write 255 ((x + 1) / 2) or clamp first, which gives the same float32 values.
    """
    return np.clip((pixels.astype(np.float32) + np.float32(1)) * np.float32(127.5), 0, 255).astype(np.uint8)


QUANTISERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"half-floor": half_floor, "floor": floor}
"""The rule a card names under decoder.quantise."""
