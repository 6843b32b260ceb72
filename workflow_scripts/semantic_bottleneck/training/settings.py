"""The `training` section of a model card."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from semantic_bottleneck.errors import UserError


@dataclass(frozen=True)
class TrainingSettings:
    """How a model is trained; every field is a key of the card's `training` section.

    Attributes:
        objective: `name` and constants of the loss, see `objectives.build_objective`.
        steps: number of updates.
        batch_size: images per update.
        learning_rate: AdamW's rate after the linear warm-up, from where a cosine leads down to its
            `final_learning_rate` share at the last step.
        conditioning_learning_rate: share of the rate for the timestep and label embedders, which make c.
        ema_decay: of the averaged weights, the ones that are saved and sampled from.
        label_dropout: probability of the null label.
        container: `key` is null for a plain state dict (DiT, SiT) or `ema` for a training checkpoint (REPA, MG).
        seed: of the first replicate; the trainer is given the resolved seed.
    """

    objective: Mapping[str, Any]
    steps: int
    batch_size: int
    learning_rate: float
    warmup_steps: int
    final_learning_rate: float
    conditioning_learning_rate: float
    weight_decay: float
    ema_decay: float
    label_dropout: float
    container: Mapping[str, Any]
    seed: int

    def rate(self, step: int) -> float:
        """Learning rate of the update made at step `step`, counted from 0."""
        if step < self.warmup_steps:
            return self.learning_rate * (step + 1) / self.warmup_steps
        progress = (step - self.warmup_steps) / max(1, self.steps - self.warmup_steps)
        low = self.final_learning_rate
        return self.learning_rate * (low + (1 - low) * 0.5 * (1 + math.cos(math.pi * progress)))


def training_settings(card: Mapping[str, Any]) -> TrainingSettings:
    """The settings of a card.

    Raises:
        UserError: a key is missing or unknown.
    """
    given = card["training"]
    known = [field.name for field in dataclasses.fields(TrainingSettings)]
    for key in known:
        if key not in given:
            raise UserError(f"training.{key} is missing from the card of {card['name']}; add it.")
    for key in given:
        if key not in known:
            raise UserError(f"training.{key} in the card of {card['name']} is unknown; use {', '.join(known)}.")
    return TrainingSettings(**given)
