"""What is trained in one run, as the study's `dier.variants` describe it."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.schedule import warmup_cosine

DIER, AUTOENCODER, BACKBONE, SUPERVISED = "dier", "denoising-autoencoder", "backbone", "supervised"
KINDS = (DIER, AUTOENCODER, BACKBONE, SUPERVISED)


@dataclass(frozen=True)
class RunSettings:
    """One variant on one data set; every field is a key of `dier.variants.<name>`.

    Attributes:
        kind: dier; denoising-autoencoder (the same encoder on x_t at the fixed timestep `noise`, an MLP decodes x0);
            backbone (the DiT alone, its internal features are probed); supervised (the same encoder, trained with labels).
        size: a name of `sizes.SIZES`. patch_size: of the backbone and of the ViT encoder.
        encoder: cnn or vit. strides: of the cnn's blocks, the size's own if empty. embedding: d_v.
        encoder_timestep, decoder_timestep: whether E and the timestep term of c see t.
        normalise: of v_t: none, l2 or layernorm.
        noise: timestep of the denoising autoencoder's input.
        learning_rate: AdamW's after a linear warm-up; a cosine leads to its `final_learning_rate` share.
        ema_decay: of the averaged weights, which are evaluated.
    """

    kind: str = DIER
    size: str = "mini"
    patch_size: int = 4
    encoder: str = "cnn"
    strides: tuple[int, ...] = ()
    embedding: int = 16
    encoder_timestep: bool = True
    decoder_timestep: bool = True
    normalise: str = "none"
    noise: int = 300
    steps: int = 1000
    batch_size: int = 64
    learning_rate: float = 1e-3
    warmup_steps: int = 50
    final_learning_rate: float = 0.05
    weight_decay: float = 0.0
    ema_decay: float = 0.995

    def rate(self, step: int) -> float:
        """Learning rate of the update made at step `step`, counted from 0."""
        return warmup_cosine(step, self.steps, self.learning_rate, self.warmup_steps, self.final_learning_rate)


def run_settings(given: Mapping[str, Any]) -> RunSettings:
    """Settings from a mapping; absent keys take the defaults.

    Raises:
        UserError: an unknown key or kind.
    """
    known = [field.name for field in dataclasses.fields(RunSettings)]
    for key in given:
        if key not in known:
            raise UserError(f"dier.variants: the key '{key}' is unknown; use {', '.join(known)}.")
    values: dict[str, Any] = {key: tuple(value) if key == "strides" else value for key, value in given.items()}
    settings = RunSettings(**values)
    if settings.kind not in KINDS:
        raise UserError(f"dier.variants: the kind '{settings.kind}' is unknown; choose one of {', '.join(KINDS)}.")
    if settings.encoder not in ("cnn", "vit"):
        raise UserError(f"dier.variants: the encoder '{settings.encoder}' is unknown; choose cnn or vit.")
    return settings
