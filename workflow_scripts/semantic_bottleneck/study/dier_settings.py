"""What is trained in one run, as the study's `dier.variants` describe it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from semantic_bottleneck.study.schedule import warmup_cosine

Kind = Literal["dier", "denoising-autoencoder", "masked-autoencoder", "vicreg", "backbone", "supervised"]
SELF_SUPERVISED = ("denoising-autoencoder", "masked-autoencoder", "vicreg")
"""Kinds that train the same encoder without labels and without diffusion."""


@dataclass(frozen=True)
class RunSettings:
    """One variant on one data set; the fields are the keys of the schema's `dier_settings`, which alone knows their defaults.

    Attributes:
        kind: dier; denoising-autoencoder (the same encoder on x_t at the fixed timestep `noise`, an MLP decodes x0);
            masked-autoencoder (the same on pictures with hidden patches); vicreg (the same encoder, two views of a picture);
            backbone (the DiT alone, its internal features are probed); supervised (the same encoder, trained with labels).
        size: a name of `dier_sizes.SIZES`. patch_size: of the backbone, of the ViT encoder and of hidden patches.
        encoder: cnn or vit. strides: of the cnn's blocks, the size's own if empty. embedding: d_v.
        encoder_timestep, decoder_timestep: whether E and the timestep term of c see t.
        normalise: of v_t: none, l2 or layernorm.
        noise: timestep of the denoising autoencoder's input. masked: share of patches that the masked autoencoder hides.
        learning_rate: AdamW's after a linear warm-up; a cosine leads to its `final_learning_rate` share.
        ema_decay: of the averaged weights, which are evaluated.
    """

    kind: Kind
    size: str
    patch_size: int
    encoder: Literal["cnn", "vit"]
    strides: tuple[int, ...]
    embedding: int
    encoder_timestep: bool
    decoder_timestep: bool
    normalise: Literal["none", "l2", "layernorm"]
    noise: int
    masked: float
    steps: int
    batch_size: int
    learning_rate: float
    warmup_steps: int
    final_learning_rate: float
    weight_decay: float
    ema_decay: float

    def rate(self, step: int) -> float:
        """Learning rate of the update made at step `step`, counted from 0."""
        return warmup_cosine(step, self.steps, self.learning_rate, self.warmup_steps, self.final_learning_rate)


def run_settings(values: Mapping[str, Any]) -> RunSettings:
    """Settings from all keys of the schema's `dier_settings`, as `Plan.settings` gives them."""
    return RunSettings(**{**values, "strides": tuple(values["strides"])})
