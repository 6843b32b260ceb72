"""torch-fidelity's Inception-v3 (the TensorFlow network of 2015) with the spatial features of sFID beside its own."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch_fidelity import FeatureExtractorInceptionV3, register_feature_extractor
from torch_fidelity.registry import FEATURE_EXTRACTORS_REGISTRY

from semantic_bottleneck.arrays import Float32, Int, UInt8
from semantic_bottleneck.features.extraction import run_extractor

NAME = "inception-v3-compat-spatial"
HALF_PIXEL = "inception-v3-half-pixel-spatial"
EXTRACTOR_OF = {"adm": NAME, "torch-fidelity": NAME, "pytorch-fid": HALF_PIXEL}
"""The extractor of each evaluation protocol."""
SPATIAL = "spatial"
SPATIAL_CHANNELS = 7


class SpatialInception(FeatureExtractorInceptionV3):
    """The layers of `inception-v3-compat` and `spatial`, the 2023 numbers of the ADM evaluator's sFID.

    These are the first 7 channels of the 1x1 branch of Mixed_6d after its ReLU (17 x 17), flattened in the order height,
    width, channel (docs/sources/evaluation.md, section 1).
    """

    features_list: list[str]

    def __init__(self, name: str, features_list: list[str], **kwargs):
        """Load the weights as the parent does (`feature_extractor_weights_path`)."""
        super().__init__(name, features_list, **kwargs)
        self.spatial = torch.empty(0)
        self.Mixed_6d.branch1x1.register_forward_hook(self._keep)

    @staticmethod
    def get_provided_features_list() -> tuple[str, ...]:
        """The parent's layers and `spatial`."""
        return (*FeatureExtractorInceptionV3.get_provided_features_list(), SPATIAL)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """The layers asked for, in their order, from uint8 (N, 3, H, W); one of them must lie beyond Mixed_6d."""
        wanted = self.features_list
        self.features_list = [layer for layer in wanted if layer != SPATIAL]
        layers = dict(zip(self.features_list, super().forward(images), strict=True))
        self.features_list, layers[SPATIAL] = wanted, self.spatial
        return tuple(layers[layer] for layer in wanted)

    def _keep(self, module: nn.Module, arguments: tuple, output: Tensor) -> None:
        self.spatial = output[:, :SPATIAL_CHANNELS].permute(0, 2, 3, 1).flatten(1)


class HalfPixelInception(SpatialInception):
    """The same network on pytorch-fid's input, which LightningDiT's script feeds it.

    Source: docs/sources/mdt_lightningdit_uvit.md, section 6.

    Bilinear resize to 299 x 299 with half-pixel centres and no antialiasing, then (v - 127.5) / 127.5.
    """

    def __init__(self, name: str, features_list: list[str], **kwargs):
        """As the parent; the first convolution gets its input from here instead."""
        super().__init__(name, features_list, **kwargs)
        self.images = torch.empty(0)
        self.Conv2d_1a_3x3.register_forward_pre_hook(self._resized)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """As the parent."""
        self.images = images
        return super().forward(images)

    def _resized(self, module: nn.Module, arguments: tuple[Tensor]) -> tuple[Tensor]:
        pixels = self.images.to(arguments[0].dtype)
        return (functional.interpolate(pixels, arguments[0].shape[2:], mode="bilinear", align_corners=False) / 127.5 - 1.0,)


def register() -> None:
    """Make the extractors known to torch-fidelity (once per process)."""
    for name, kind in ((NAME, SpatialInception), (HALF_PIXEL, HalfPixelInception)):
        if name not in FEATURE_EXTRACTORS_REGISTRY:
            register_feature_extractor(name, kind)


def extract(
    images: UInt8[np.ndarray, "samples height width channels"],
    samples: Int[np.ndarray, " samples"],
    weights: str | Path,
    batch: int,
    device: str,
    protocol: str = "torch-fidelity",
    spatial: bool = True,
) -> dict[str, Float32[np.ndarray, "samples _"]]:
    """`features` float32 (N, 2048), `logits` (N, 1008, without bias) and, if wanted, `spatial` (N, 2023).

    Grey images are repeated to three channels; `protocol` decides how pictures are resized; the other arguments are those
    of `extraction.run_extractor`.
    """
    register()
    coloured = np.repeat(images, 3, axis=3) if images.shape[-1] == 1 else images
    layers = {"features": "2048", "logits": "logits_unbiased"} | ({SPATIAL: SPATIAL} if spatial else {})
    found = run_extractor(EXTRACTOR_OF[protocol], list(layers.values()), weights, coloured, samples, batch, device)
    return dict(zip(layers, found, strict=True))


def extract_pytorch_fid(
    images: UInt8[np.ndarray, "samples height width channels"],
    samples: Int[np.ndarray, " samples"],
    weights: str | Path,
    batch: int,
    device: str,
) -> Float32[np.ndarray, "samples features"]:
    """Float32 (n, 2048) with pytorch-fid's resize to 299 x 299, as PIDM's script takes them; arguments as of `extract`."""
    return extract(images, samples, weights, batch, device, protocol="pytorch-fid", spatial=False)["features"]
