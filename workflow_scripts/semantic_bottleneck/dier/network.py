"""Encoder and diffusion transformer in one: c = t-embedding + W v_t, and the networks it is compared with.

Every network has `loss(images, labels, rng)`, a scalar; images (N, C, S, S) and labels (N,) lie on the network's device,
the generator on the CPU, so that a GPU draws the same noise.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from semantic_bottleneck.dier.diffusion import add_noise
from semantic_bottleneck.dier.encoders import ConvolutionalEncoder, TransformerEncoder
from semantic_bottleneck.models.dit import DiT
from semantic_bottleneck.study.dier_settings import RunSettings
from semantic_bottleneck.study.dier_sizes import SIZES
from semantic_bottleneck.training.objectives import DIFFUSION_STEPS

DECODER_WIDTH = 256

Encoder = ConvolutionalEncoder | TransformerEncoder


class DierNetwork(nn.Module):
    """DiER: an encoder in place of the class table, the backbone unchanged, one noise-prediction loss for both.

    decoder_timestep: without it c = W v_t, so the backbone learns t only from x_t and v_t.
    """

    def __init__(self, encoder: Encoder, backbone: DiT, decoder_timestep: bool = True) -> None:
        super().__init__()
        self.encoder, self.backbone, self.decoder_timestep = encoder, backbone, decoder_timestep
        self.project = nn.Linear(encoder.embedding, backbone.hidden_size)

    def embed(self, images: Tensor, t: Tensor) -> Tensor:
        """Clean images and t (N,) -> v_t (N, d_v)."""
        return self.encoder(images, t)

    def condition(self, projected: Tensor, t: Tensor) -> Tensor:
        """W v_t (N, D) and t (N,) -> c (N, D), what AdaLN receives."""
        return projected + self.backbone.t_embedder(t) if self.decoder_timestep else projected

    def predict(self, noisy: Tensor, t: Tensor, v: Tensor) -> Tensor:
        """x_t, t and v_t -> the predicted noise, shaped as x_t."""
        return self.backbone.transform(noisy, self.condition(self.project(v), t))

    def loss(self, images: Tensor, labels: Tensor, rng: torch.Generator) -> Tensor:
        """L_simple: noise first, then one uniform t per image; both E and the backbone get its gradient."""
        noise, t = draw(images, rng)
        return functional.mse_loss(self.predict(add_noise(images, noise, t), t, self.embed(images, t)), noise)


class Backbone(nn.Module):
    """The DiT without any condition (c = t-embedding + one constant), whose blocks are probed as DDAE does."""

    def __init__(self, backbone: DiT) -> None:
        super().__init__()
        self.backbone = backbone

    def loss(self, images: Tensor, labels: Tensor, rng: torch.Generator) -> Tensor:
        """L_simple, the same draws as DiER's."""
        noise, t = draw(images, rng)
        return functional.mse_loss(self.backbone(add_noise(images, noise, t), t, torch.zeros_like(labels)), noise)

    def features(self, noisy: Tensor, t: Tensor) -> list[Tensor]:
        """Mean over tokens after each block, (N, D) each, first to last."""
        seen: list[Tensor] = []
        hooks = [
            block.register_forward_hook(lambda module, inputs, output: seen.append(output.mean(dim=1)))
            for block in self.backbone.blocks
        ]
        try:
            self.backbone(noisy, t, torch.zeros(len(noisy), dtype=torch.int64, device=noisy.device))
        finally:
            for hook in hooks:
                hook.remove()
        return seen


class DenoisingAutoencoder(nn.Module):
    """Plain denoising at one noise level: E(x_t), decoded to x0 by an MLP; squared error of the image."""

    def __init__(self, encoder: Encoder, shape: tuple[int, int, int], noise: int) -> None:
        super().__init__()
        self.encoder, self.noise = encoder, noise
        values = shape[0] * shape[1] * shape[2]
        self.decoder = nn.Sequential(
            nn.Linear(encoder.embedding, DECODER_WIDTH), nn.SiLU(), nn.Linear(DECODER_WIDTH, values), nn.Unflatten(1, shape)
        )

    def embed(self, images: Tensor, t: Tensor) -> Tensor:
        """Images, clean or noisy -> (N, d_v)."""
        return self.encoder(images, t)

    def loss(self, images: Tensor, labels: Tensor, rng: torch.Generator) -> Tensor:
        """Mean squared error between decoded and clean image."""
        noise, t = draw(images, rng)
        t = torch.full_like(t, self.noise)
        return functional.mse_loss(self.decoder(self.embed(add_noise(images, noise, t), t)), images)


class SupervisedEncoder(nn.Module):
    """The same encoder trained with the labels: what the shape can reach."""

    def __init__(self, encoder: Encoder, classes: int) -> None:
        super().__init__()
        self.encoder, self.output = encoder, nn.Linear(encoder.embedding, classes)

    def embed(self, images: Tensor, t: Tensor) -> Tensor:
        """Images (N, C, S, S) -> (N, d_v)."""
        return self.encoder(images, t)

    def loss(self, images: Tensor, labels: Tensor, rng: torch.Generator) -> Tensor:
        """Cross-entropy of the labels."""
        return functional.cross_entropy(self.output(self.embed(images, torch.zeros_like(labels))), labels)


def draw(images: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Noise like the images and t (N,) int64, uniform in 0..999, drawn on the CPU in this order."""
    noise = torch.randn(images.shape, generator=rng)
    t = torch.randint(DIFFUSION_STEPS, (len(images),), generator=rng)
    return noise.to(images.device), t.to(images.device)


Embedding = DierNetwork | DenoisingAutoencoder | SupervisedEncoder
"""What makes one vector of an image and a timestep: `embed(images, t)`."""
Network = Embedding | Backbone


def build_encoder(settings: RunSettings, shape: tuple[int, int, int], uses_timestep: bool) -> Encoder:
    """The encoder of a run for images of `shape` (C, S, S); starting values from torch's global generator."""
    size = SIZES[settings.size]
    common: dict[str, Any] = {"embedding": settings.embedding, "uses_timestep": uses_timestep, "normalise": settings.normalise}
    if settings.encoder == "vit":
        widths = (settings.patch_size, size.hidden_size, size.encoder_depth, size.num_heads)
        return TransformerEncoder(shape[1], shape[0], *widths, **common)
    return ConvolutionalEncoder(shape[1], shape[0], size.channels, settings.strides or size.strides, **common)


def build_network(settings: RunSettings, shape: tuple[int, int, int], classes: int, generator: torch.Generator) -> Network:
    """The network that a run trains; the backbone starts from `generator`, the rest from torch's global one.

    Raises:
        UserError: sizes do not divide.
    """
    if settings.kind == "denoising-autoencoder":
        return DenoisingAutoencoder(build_encoder(settings, shape, False), shape, settings.noise)
    size = SIZES[settings.size]
    if settings.kind == "supervised":
        return SupervisedEncoder(build_encoder(settings, shape, False), classes)
    # The label table has one row: the official network has no form without one. DiER never reads it.
    widths = (shape[1], settings.patch_size, shape[0], size.hidden_size, size.depth, size.num_heads)
    backbone = DiT(*widths, num_classes=1, null_class=False, learn_sigma=False, generator=generator)
    if settings.kind == "backbone":
        return Backbone(backbone)
    return DierNetwork(build_encoder(settings, shape, settings.encoder_timestep), backbone, settings.decoder_timestep)
