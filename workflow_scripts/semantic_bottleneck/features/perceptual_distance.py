"""LPIPS with AlexNet: the authors' package with its learned heads, the backbone from its published file."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from lpips import LPIPS

from semantic_bottleneck.arrays import UInt8
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import tensors_file
from semantic_bottleneck.models.loading import load_strict

SLICES = {0: "slice1.0", 3: "slice2.3", 6: "slice3.6", 8: "slice4.8", 10: "slice5.10"}
"""Convolution of torchvision's AlexNet (`features.<number>`) -> its name in the package."""


def load_distance(weights: str | Path, device: str = "cpu") -> Callable[[np.ndarray, np.ndarray], float]:
    """The function (picture, picture) -> LPIPS of uint8 (H, W, 3) pictures, from AlexNet's convolutions (safetensors).

    Values are u8 / 127.5 - 1 (docs/sources/evaluation.md, section 8). Version 0.1 of the heads, which lie inside the package.

    Raises:
        UserError: the file is absent or damaged, or its tensors do not fit.
    """
    if not Path(weights).is_file():
        raise UserError(f"The weights {weights} of LPIPS do not exist; fetch them first.")
    tensors, _ = tensors_file.read(weights)
    network = LPIPS(net="alex", pnet_rand=True, verbose=False).eval().requires_grad_(False)
    named = {
        f"{place}.{part}": tensors[f"features.{number}.{part}"]
        for number, place in SLICES.items()
        for part in ("weight", "bias")
        if f"features.{number}.{part}" in tensors
    }
    load_strict(network.net, named, file=str(weights), card="LPIPS")
    network = network.to(device)

    @torch.inference_mode()
    def distance(first: UInt8[np.ndarray, "height width 3"], second: UInt8[np.ndarray, "height width 3"]) -> float:
        one, other = (
            torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float().to(device) / 127.5 - 1
            for picture in (first, second)
        )
        return float(network(one, other))

    return distance
