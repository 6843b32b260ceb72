"""The features that a model's tokens are aligned with in training: patch tokens of a DINOv2."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from semantic_bottleneck.arrays import Float
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.conditioning.dinov2 import build_dinov2, tokens
from semantic_bottleneck.conditioning.pose import dino_input
from semantic_bottleneck.study.checkpoint import Checkpoint
from semantic_bottleneck.study.typed import typed

MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's pixels, which DINOv2 was trained with."""


def alignment_encoder(settings: Mapping[str, Any], checkpoint: Path, device: str) -> Callable[[np.ndarray], np.ndarray]:
    """The function pixels (n, 3, H, W) in [-1, 1] -> patch tokens (n, 256, D) float16 of a DINOv2 at 224 pixels.

    `checkpoint` is the fetched file of `settings` (name, checkpoint, architecture).
    """
    source = typed(Checkpoint, settings["checkpoint"])
    weights = read_tensors(source.at(checkpoint), None, base=Path.cwd()).tensors
    where = {"file": source.url, "card": "dynamics.encode.alignment"}
    model = build_dinov2(settings["name"], weights, **where, **settings["architecture"]).to(device)
    mean, spread = (torch.tensor(values, device=device).reshape(1, 3, 1, 1) for values in (MEAN, SPREAD))

    def features(pixels: Float[np.ndarray, "samples 3 _ _"]) -> Float[np.ndarray, "samples 256 width"]:
        shown = (torch.from_numpy(pixels).to(device) * 0.5 + 0.5 - mean) / spread
        return tokens(model, dino_input(shown))[:, 1:].to(torch.float16).cpu().numpy()

    return features
