"""The study's own classifier as a feature extractor."""

from functools import lru_cache
from pathlib import Path

import numpy as np
from torch import Tensor

from semantic_bottleneck.arrays import Float, Float32, Int, UInt8
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.features.channels import with_channels
from semantic_bottleneck.features.slots import look_in_batches
from semantic_bottleneck.training.classifier import DigitClassifier, load_classifier

LAYERS = ("features", "logits")


def extract(
    images: UInt8[np.ndarray, "samples height width channels"],
    samples: Int[np.ndarray, " samples"],
    weights: str | Path,
    batch: int,
    device: str,
) -> dict[str, Float32[np.ndarray, "samples _"]]:
    """`features` float32 (N, 64), the penultimate layer, and `logits` float32 (N, K) of the classifier in a file.

    Args:
        images: uint8 (N, H, W, C) of the size that it was trained on; grey and RGB are converted to its channels.
        samples: int64 (N,), sample indices, which fix the place in a batch.
        batch: images per forward pass.

    Raises:
        UserError: the weights cannot be read, or the pictures have another size than those that the classifier was trained on.
    """
    changed = Path(weights).stat().st_mtime_ns if Path(weights).exists() else 0
    network = _opened(str(weights), changed, device)
    return dict(zip(LAYERS, look_in_batches(images, samples, batch, device, lambda seen: look(network, seen)), strict=True))


def look(
    network: DigitClassifier, images: UInt8[Tensor, "samples channels height width"]
) -> tuple[Float[Tensor, "samples 64"], Float[Tensor, "samples classes"]]:
    """uint8 (N, C, H, W) to features (N, 64) and logits (N, K).

    Raises:
        UserError: the pictures have another size than the classifier knows.
    """
    channels, size = network.config["channels"], network.config["size"]
    if images.shape[2:] != (size, size):
        raise UserError(
            f"The study's classifier (study-cnn) knows pictures of {size} x {size} pixels and is shown {images.shape[3]} x "
            f"{images.shape[2]}; resize evaluation.reference's pictures, or judge with evaluation.extractor: inception."
        )
    features = network.features(with_channels(images, channels).float() / 127.5 - 1.0)
    return features, network.output(features)


@lru_cache(maxsize=2)
def _opened(weights: str, changed: int, device: str) -> DigitClassifier:
    """Shards are seen block by block, so the network is kept; `changed` tells a rewritten file from the same one."""
    return load_classifier(weights).to(device)
