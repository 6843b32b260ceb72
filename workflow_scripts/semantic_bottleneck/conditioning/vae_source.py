"""The latent of a source picture: a seeded sample of the VAE's posterior.

Source: docs/sources/continuous_conditioning.md, section 1.7.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor

from semantic_bottleneck.arrays import Float, Float32
from semantic_bottleneck.conditioning.encoder_parts import load_part
from semantic_bottleneck.randomness.noise import standard_normal

SCALE = 0.18215


def load_vae(folder: str | Path) -> AutoencoderKL:
    """The autoencoder in a folder, in eval mode.

    Raises:
        UserError: it cannot be loaded.
    """
    return load_part(AutoencoderKL.from_pretrained, "autoencoder", folder).eval()


@torch.inference_mode()
def source_latents(
    vae: AutoencoderKL, pictures: Float[Tensor, "samples 3 _ _"], seed: int, samples: Sequence[int]
) -> Float32[np.ndarray, "samples channels _ _"]:
    """0.18215 times a posterior SAMPLE of pictures (n, 3, H, W) in [-1, 1]; (n, C, H/f, W/f) float32.

    The noise of row i depends on (seed, samples[i]) only, so caches, batches and pruning settings share it.
    """
    posterior = vae.encode(pictures).latent_dist
    noise = torch.from_numpy(standard_normal(seed, samples, 0, posterior.mean.shape[1:])).to(posterior.mean)
    return (SCALE * (posterior.mean + posterior.std * noise)).cpu().numpy()
