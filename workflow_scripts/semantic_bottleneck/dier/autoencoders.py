"""Baselines that put a damaged picture right: the same encoder sees it, an MLP decodes the whole one from the vector."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from semantic_bottleneck.dier.diffusion import add_noise, draw
from semantic_bottleneck.dier.encoders import Encoder

DECODER_WIDTH = 256
HIDDEN = 0.0
"""What stands in a hidden patch: mid-grey, which is neither black nor a stroke."""


class _Autoencoder(nn.Module):
    """An encoder and the decoder of its vector.

    Args:
        shape: (C, S, S) of the images.
    """

    def __init__(self, encoder: Encoder, shape: tuple[int, int, int]) -> None:
        super().__init__()
        self.encoder = encoder
        values = shape[0] * shape[1] * shape[2]
        self.decoder = nn.Sequential(
            nn.Linear(encoder.embedding, DECODER_WIDTH), nn.SiLU(), nn.Linear(DECODER_WIDTH, values), nn.Unflatten(1, shape)
        )

    def embed(self, images: Tensor, t: Tensor) -> Tensor:
        """Images, whole or damaged -> (N, d_v)."""
        return self.encoder(images, t)


class DenoisingAutoencoder(_Autoencoder):
    """Plain denoising at one noise level: E(x_t), decoded to x0; squared error of the image."""

    def __init__(self, encoder: Encoder, shape: tuple[int, int, int], noise: int) -> None:
        super().__init__(encoder, shape)
        self.noise = noise

    def loss(self, images: Tensor, labels: Tensor, rng: torch.Generator) -> Tensor:
        """Mean squared error between decoded and clean image."""
        noise, t = draw(images, rng)
        t = torch.full_like(t, self.noise)
        return functional.mse_loss(self.decoder(self.embed(add_noise(images, noise, t), t)), images)


class MaskedAutoencoder(_Autoencoder):
    """MAE's task (arXiv 2111.06377) for an encoder of whole pictures: a share of the patches is hidden and is to be told.

    MAE leaves hidden tokens out, which only a transformer can; here they are grey, and one vector carries all that is known.

    Args:
        patch_size: of the grid, in pixels. masked: share of its patches that is hidden.
    """

    def __init__(self, encoder: Encoder, shape: tuple[int, int, int], patch_size: int, masked: float) -> None:
        super().__init__(encoder, shape)
        self.patch_size, self.masked = patch_size, masked

    def loss(self, images: Tensor, labels: Tensor, rng: torch.Generator) -> Tensor:
        """Mean squared error over the hidden pixels."""
        side = images.shape[2] // self.patch_size
        hidden = hidden_patches(len(images), side, self.masked, rng).to(images.device)
        hidden = hidden.repeat_interleave(self.patch_size, 2).repeat_interleave(self.patch_size, 3)
        t = torch.zeros_like(labels)
        errors = (self.decoder(self.embed(images.masked_fill(hidden, HIDDEN), t)) - images).square()
        return errors[hidden.expand_as(errors)].mean()


def hidden_patches(count: int, side: int, share: float, rng: torch.Generator) -> Tensor:
    """Bool (count, 1, side, side): True for round(share side^2) patches of each image, at least one, drawn on the CPU."""
    patches = side * side
    order = torch.rand(count, patches, generator=rng).argsort(dim=1).argsort(dim=1)
    return (order < max(1, round(share * patches))).reshape(count, 1, side, side)
