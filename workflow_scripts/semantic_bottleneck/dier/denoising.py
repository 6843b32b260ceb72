"""What a network loses without the right embedding: denoising error with own, another image's, or an edited vector."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from semantic_bottleneck.dier.diffusion import add_noise
from semantic_bottleneck.dier.embeddings import BATCH, batches, times
from semantic_bottleneck.dier.network import DierNetwork
from semantic_bottleneck.randomness.streams import generator

Edit = Callable[[Tensor], Tensor]


def denoising_errors(
    network: DierNetwork, images: np.ndarray, v: np.ndarray, t: int, seed: int, edit: Edit | None = None
) -> np.ndarray:
    """Squared error of the predicted noise per image at timestep t, float64 (N,).

    Args:
        v: float32 (N, d_v), the vector each image is denoised with (its own, or another one's).
        seed: of the noise, the same for every v and every edit, so that differences are paired.
        edit: applied to W v (N, D) before it enters c.
    """
    noise = torch.randn(images.shape, generator=generator(seed, "evaluation noise", t))
    errors = []
    with torch.no_grad():
        parts = zip(batches(network, images), noise.split(BATCH), torch.from_numpy(v).split(BATCH), strict=True)
        for batch, drawn, vectors in parts:
            step, drawn = times(batch, t), drawn.to(batch.device)
            projected = network.project(vectors.to(batch.device))
            c = network.condition(projected if edit is None else edit(projected), step)
            predicted = network.backbone.transform(add_noise(batch, drawn, step), c)
            errors.append((predicted - drawn).square().flatten(1).mean(dim=1).cpu().double().numpy())
    return np.concatenate(errors)


def swapped(v: np.ndarray) -> np.ndarray:
    """Every image gets the vector of the next one (a cyclic shift, so none keeps its own)."""
    return np.roll(v, 1, axis=0)
