"""Class tokens of a DINOv2, the features of FD-DINOv2 (Stein et al. 2023)."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torchvision.transforms import v2
from torchvision.transforms.v2 import InterpolationMode

from semantic_bottleneck.arrays import Float32, Int, UInt8
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.conditioning.dinov2 import PICTURE, build_dinov2
from semantic_bottleneck.features.slots import encode_pictures
from semantic_bottleneck.study.asset import Asset

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def open_dinov2(file: str | Path, card: Asset, device: str = "cpu") -> Callable[[np.ndarray, np.ndarray, int], np.ndarray]:
    """The function (images uint8 (N, H, W, C), samples (N,), batch) -> class tokens after the last norm, float32 (N, D).

    Pictures are resized to 224 x 224 (bicubic, antialiased, as PIL does it) and standardised as ImageNet's.

    Args:
        card: `architecture` (timm `name` and `options`) and `checkpoint`.

    Raises:
        UserError: the file is unreadable, or a tensor does not fit.
    """
    tensors = read_tensors(card.checkpoint.at(file), None, base=Path()).tensors
    named = card.architecture
    model = build_dinov2(named["name"], tensors, file=str(file), card="dinov2", **named["options"]).to(device)
    resize = v2.Resize((PICTURE, PICTURE), interpolation=InterpolationMode.BICUBIC, antialias=True)
    transform = v2.Compose([v2.RGB(), resize, v2.PILToTensor(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, STD)])

    def encode(
        images: UInt8[np.ndarray, "samples height width channels"], samples: Int[np.ndarray, " samples"], batch: int
    ) -> Float32[np.ndarray, "samples features"]:
        return encode_pictures(images, samples, batch, transform, lambda seen: model.forward_features(seen.to(device))[:, 0])

    return encode
