"""Grey and RGB pictures, converted to what a judge was made for."""

import torch
from torch import Tensor

from semantic_bottleneck.arrays import UInt8
from semantic_bottleneck.errors import UserError

LUMA = (19595, 38470, 7471)
"""ITU-R 601 in 65536ths, as Pillow's convert("L") has them: their sum gives equal channels back exactly."""


def with_channels(
    images: UInt8[Tensor, "samples _ height width"], channels: int
) -> UInt8[Tensor, "samples {channels} height width"]:
    """uint8 (N, 1 or 3, H, W) -> uint8 (N, `channels`, H, W); grey is repeated, RGB becomes its luma.

    Raises:
        UserError: the images are neither grey nor RGB.
    """
    present = images.shape[1]
    if present == channels:
        return images
    if {present, channels} != {1, 3}:
        raise UserError(f"A judge of pictures with {channels} channels is shown {present}; use grey or RGB pictures.")
    if channels == 3:
        return images.expand(-1, 3, -1, -1)
    weights = torch.tensor(LUMA, dtype=torch.int32, device=images.device).reshape(1, 3, 1, 1)
    return ((images.int() * weights).sum(1, keepdim=True) + (1 << 15) >> 16).to(torch.uint8)
