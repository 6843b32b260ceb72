"""The `training` section of a model card."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.schedule import warmup_cosine

PRECISIONS = ("float32", "bf16")


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
        optimiser: a name of `optimisers.OPTIMISERS`; `momentum` is SGD's.
        precision: `float32`, or `bf16` for a network evaluated under autocast (weights, averages and losses stay float32).
        micro_batch: images that go through the network together; gradients are added up over an update's micro-batches.
            Each has a random stream of its own, so the number of processes changes results by rounding only. Null: all.
        gradient_clip: largest norm of the whole gradient; null leaves it as it is.
        frozen: prefixes of weights that keep their initial values.
        save_every, log_every: updates between two saved states, and between two rows of the log.
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
    optimiser: str = "adamw"
    momentum: float = 0.9
    precision: str = "float32"
    micro_batch: int | None = None
    gradient_clip: float | None = None
    frozen: Sequence[str] = ()
    save_every: int = 250
    log_every: int = 1

    @property
    def parts(self) -> int:
        """Micro-batches of an update."""
        return self.batch_size // (self.micro_batch or self.batch_size)

    def rate(self, step: int) -> float:
        """Learning rate of the update made at step `step`, counted from 0."""
        return warmup_cosine(step, self.steps, self.learning_rate, self.warmup_steps, self.final_learning_rate)


def training_settings(card: Mapping[str, Any]) -> TrainingSettings:
    """The settings of a card.

    Raises:
        UserError: a key is missing, unknown or out of range.
    """
    given = card["training"]
    fields = dataclasses.fields(TrainingSettings)
    known = [field.name for field in fields]
    for key in (field.name for field in fields if field.default is dataclasses.MISSING):
        if key not in given:
            raise UserError(f"training.{key} is missing from the card of {card['name']}; add it.")
    for key in given:
        if key not in known:
            raise UserError(f"training.{key} in the card of {card['name']} is unknown; use {', '.join(known)}.")
    settings = TrainingSettings(**given)
    if settings.batch_size % (settings.micro_batch or settings.batch_size):
        raise UserError(
            f"training.micro_batch in the card of {card['name']} is {settings.micro_batch}, which does not divide batch_size = "
            f"{settings.batch_size}; choose a divisor."
        )
    if settings.precision not in PRECISIONS:
        raise UserError(
            f"training.precision in the card of {card['name']} is '{settings.precision}'; choose {' or '.join(PRECISIONS)}."
        )
    return settings
