"""Embeddings of images at given timesteps, with frozen weights."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from semantic_bottleneck.dier.diffusion import add_noise
from semantic_bottleneck.dier.network import Backbone, Embedding
from semantic_bottleneck.randomness.streams import generator

BATCH = 500


def embed(network: Embedding, images: np.ndarray, t: int) -> np.ndarray:
    """v_t of images (N, C, S, S) at one timestep, float32 (N, d_v)."""
    with torch.no_grad():
        return np.concatenate([network.embed(batch, times(batch, t)).cpu().numpy() for batch in batches(network, images)])


def internal_features(network: Backbone, images: np.ndarray, t: int, seed: int) -> list[np.ndarray]:
    """Mean-pooled tokens of x_t after each block of a backbone, float32 (N, D) each; the noise is a function of (seed, t)."""
    noise = torch.randn(images.shape, generator=generator(seed, "probe noise", t))
    parts = []
    with torch.no_grad():
        for batch, drawn in zip(batches(network, images), noise.split(BATCH), strict=True):
            step = times(batch, t)
            parts.append(network.features(add_noise(batch, drawn.to(batch.device), step), step))
    return [torch.cat(layer).cpu().numpy() for layer in zip(*parts, strict=True)]


def batches(network: nn.Module, images: np.ndarray) -> Iterator[Tensor]:
    """BATCH images at a time on the network's device."""
    device = next(network.parameters()).device
    for batch in torch.from_numpy(images).split(BATCH):
        yield batch.to(device)


def times(batch: Tensor, t: int) -> Tensor:
    """int64 (N,), all t, beside the batch."""
    return torch.full((len(batch),), t, dtype=torch.int64, device=batch.device)
