"""Encoder and diffusion transformer in one: c = t-embedding + W v_t, and the networks it is compared with.

Every network has `loss(images, labels, rng)`, a scalar; images (N, C, S, S) and labels (N,) lie on the network's device,
the generator on the CPU, so that a GPU draws the same noise.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from semantic_bottleneck.dier.autoencoders import DenoisingAutoencoder, MaskedAutoencoder
from semantic_bottleneck.dier.diffusion import add_noise, draw
from semantic_bottleneck.dier.encoders import ConvolutionalEncoder, Encoder, TransformerEncoder
from semantic_bottleneck.dier.supervised import SupervisedEncoder
from semantic_bottleneck.dier.vicreg import VicReg
from semantic_bottleneck.models.dit import DiT
from semantic_bottleneck.study.dier_settings import RunSettings
from semantic_bottleneck.study.dier_sizes import SIZES


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


Embedding = DierNetwork | DenoisingAutoencoder | MaskedAutoencoder | VicReg | SupervisedEncoder
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
    if settings.kind not in ("dier", "backbone"):
        return _build_baseline(settings, shape, classes)
    size = SIZES[settings.size]
    # The label table has one row: the official network has no form without one. DiER never reads it.
    widths = (shape[1], settings.patch_size, shape[0], size.hidden_size, size.depth, size.num_heads)
    backbone = DiT(*widths, num_classes=1, null_class=False, learn_sigma=False, generator=generator)
    if settings.kind == "backbone":
        return Backbone(backbone)
    return DierNetwork(build_encoder(settings, shape, settings.encoder_timestep), backbone, settings.decoder_timestep)


def _build_baseline(settings: RunSettings, shape: tuple[int, int, int], classes: int) -> Network:
    """The same encoder without t, trained in another way."""
    encoder = build_encoder(settings, shape, False)
    match settings.kind:
        case "denoising-autoencoder":
            return DenoisingAutoencoder(encoder, shape, settings.noise)
        case "masked-autoencoder":
            return MaskedAutoencoder(encoder, shape, settings.patch_size, settings.masked)
        case "vicreg":
            return VicReg(encoder)
    return SupervisedEncoder(encoder, classes)
