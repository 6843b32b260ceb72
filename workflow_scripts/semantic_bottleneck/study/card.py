"""A model card as types: what jobs know of a model. Ranges, defaults and sentences are those of the schema.

The classes have the schema's keys for fields and no defaults of their own; a test holds both equal. Standard library only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from semantic_bottleneck.study.checkpoint import Checkpoint
from semantic_bottleneck.study.conditioning import ClassConditioning, Conditioning, PipelineConditioning
from semantic_bottleneck.study.samplers import SamplerSpec
from semantic_bottleneck.study.training import Training


@dataclass(frozen=True)
class Guidance:
    """Classifier-free guidance: see `sampling.guidance.scale_at`."""

    scale: float
    interval: tuple[float, ...] | None
    start: float | None
    channels: int | None
    schedule: str
    power: float


@dataclass(frozen=True)
class DecoderSpec:
    """From latents to pixels: the name of an asset card or `identity`, for models of sound a vocoder's, and the rounding."""

    name: str
    vocoder: str | None
    quantise: str


@dataclass(frozen=True)
class Paper:
    """Table -> this model's place in it, and the model whose published numbers stand beside this one's."""

    tables: Mapping[str, int]
    compares_with: str | None


@dataclass(frozen=True)
class Card:
    """A model: which network it is, and the sections that a job was given of its card.

    A section is None where the card has none, or where the rule's excerpt of the card leaves it out.
    """

    name: str
    family: str
    architecture: Mapping[str, Any]
    extends: str | None
    title: str | None
    checkpoint: Checkpoint | None
    training: Training | None
    conditioning: Conditioning | None
    sampler: SamplerSpec | None
    guidance: Guidance | None
    decoder: DecoderSpec | None
    precision: str | None
    paper: Paper | None
    notes: tuple[str, ...] | None
    unverified: tuple[str, ...] | None

    @property
    def classes(self) -> int | None:
        """Labels of the model's table, without the null row; None where the conditions are no classes."""
        return self.conditioning.classes if isinstance(self.conditioning, ClassConditioning) else None

    @property
    def labels(self) -> int | None:
        """How many conditions samples are drawn from, classes or prompts; None where sample i has condition i."""
        return self.conditioning.count if isinstance(self.conditioning, PipelineConditioning) else self.classes

    @property
    def latent_shape(self) -> tuple[int, ...]:
        """(C, H, W) of the model's latents, or of its pixels where it has no decoder."""
        size = self.architecture["input_size"]
        return (self.architecture["in_channels"], *(size if isinstance(size, list | tuple) else (size, size)))
