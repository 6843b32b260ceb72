"""Latents to 8-bit pictures: a decoder's pixels, then the pipeline's rounding."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from semantic_bottleneck.arrays import Float32, UInt8
from semantic_bottleneck.decoding.quantise import QUANTISERS
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.card import DecoderSpec


@dataclass(frozen=True)
class Decoder:
    """`pixels`: float32 latents (n, C, h, w) -> float32 pictures (n, channels, H, W) in about [-1, 1].

    `quantise`: floats of any shape -> uint8.
    """

    pixels: Callable[[np.ndarray], np.ndarray]
    quantise: Callable[[np.ndarray], np.ndarray]


def build_decoder(spec: DecoderSpec, weights: str | Path | None = None, device: str = "cpu") -> Decoder:
    """The decoder of a card's section; `weights` is its safetensors file, None for `identity`.

    Raises UserError for an unknown name, an absent file, or a file whose tensors do not fit.
    """
    quantise = QUANTISERS[spec.quantise]
    if spec.name == "identity":
        return Decoder(lambda latents: latents, quantise)
    # Imported only here: a pixel model needs neither torch nor diffusers.
    from semantic_bottleneck.decoding.vae import load_vae

    if weights is None:
        raise UserError(f"Decoder {spec.name} needs its weights file, but none was given.")
    return Decoder(load_vae(spec.name, weights, device), quantise)


def decode(
    latents: Float32[np.ndarray, "samples channels _ _"], decoder: Decoder, batch: int = 8
) -> UInt8[np.ndarray, "samples height width _"]:
    """Latents (n, C, h, w) float32 -> pictures (n, H, W, channels) uint8, `batch` at a time.

    Raises UserError where a decoded value is not finite.
    """
    pictures = []
    for start in range(0, len(latents), batch):
        pixels = decoder.pixels(np.asarray(latents[start : start + batch], dtype=np.float32))
        if not np.isfinite(pixels).all():
            raise UserError(
                f"Decoding samples {start} to {start + len(pixels) - 1} of this file gave NaN or infinite pixels; "
                "check the sampler and guidance of the model card."
            )
        pictures.append(decoder.quantise(pixels).transpose(0, 2, 3, 1))
    return np.concatenate(pictures)
