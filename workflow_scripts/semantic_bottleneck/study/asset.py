"""An asset card as types: a published network that is no model of a study. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from semantic_bottleneck.study.checkpoint import Checkpoint


@dataclass(frozen=True)
class Asset:
    """A decoder of latents or a judge of images: where its weights are, and its values. See config/schemas/asset.schema.yaml.

    A section is None where the card has none, or where the rule's excerpt of the card leaves it out.
    """

    name: str | None
    title: str | None
    kind: str | None
    checkpoint: Checkpoint
    statistics: Checkpoint | None
    architecture: Mapping[str, Any]
    notes: tuple[str, ...] | None
    unverified: tuple[str, ...] | None
