"""Pictures to latents: the encoder's half of an official autoencoder."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from semantic_bottleneck.arrays import Float, Float32
from semantic_bottleneck.decoding.vae import ENCODER_PARTS, described, fill_vae, read_weights, scaling
from semantic_bottleneck.errors import UserError


class Encoder(NamedTuple):
    """`moments`: pixels (n, 3, H, W) in [-1, 1] -> float32 (n, 2C, h, w), the posterior's mean (less the autoencoder's shift of
    latents, where it has one) and standard deviation.

    `scale`: what samples of the posterior are multiplied by before a network sees them.
    """

    moments: Callable[[np.ndarray], np.ndarray]
    scale: float


def load_encoder(name: str, weights: Path, device: str = "cpu") -> Encoder:
    """The encoder of the autoencoder called `name`.

    Raises UserError for an unknown name, one under VQGAN's names, an absent file and a tensor that does not fit.
    """
    if not Path(weights).is_file():
        described(name, {})
        raise UserError(f"The weights {weights} of encoder {name} do not exist; fetch them first.")
    tensors, architecture = read_weights(weights)
    vae = described(name, architecture)
    if vae.vqgan_names:
        raise UserError(f"The encoder of {name} is not known here, only its decoder; choose sd-vae-ft-ema or sd-vae-ft-mse.")
    network = fill_vae(vae, tensors, file=str(weights), card=f"encoder {name}", parts=ENCODER_PARTS).to(device)

    scale, shift = scaling(network)

    @torch.inference_mode()
    def moments(pixels: Float[np.ndarray, "samples 3 _ _"]) -> Float32[np.ndarray, "samples _ _ _"]:
        posterior = network.encode(torch.from_numpy(np.ascontiguousarray(pixels, dtype=np.float32)).to(device)).latent_dist
        return torch.cat([posterior.mean - shift, posterior.std], dim=1).float().cpu().numpy()

    return Encoder(moments, scale)
