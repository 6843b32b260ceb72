"""How a model is trained here: the section `training` of its card. Standard library only."""

from dataclasses import dataclass
from typing import Literal

from semantic_bottleneck.study.schedule import warmup_cosine


@dataclass(frozen=True)
class Objective:
    """One of the losses below, with its constants."""

    name: str


@dataclass(frozen=True)
class NoiseObjective(Objective):
    """Predicted noise (DiT); training times come from `timesteps` evenly spaced ones, None: from all."""

    name: Literal["noise"]
    timesteps: int | None


@dataclass(frozen=True)
class VelocityObjective(Objective):
    """Velocity of the straight path (SiT); noise lies at time `noise_time`, 0 or 1."""

    name: Literal["velocity"]
    noise_time: int
    timesteps: int | None


@dataclass(frozen=True)
class AlignedVelocityObjective(Objective):
    """As velocity, and alignment with features, which counts `weight` (REPA)."""

    name: Literal["aligned-velocity"]
    noise_time: int
    weight: float
    timesteps: int | None


@dataclass(frozen=True)
class GuidedVelocityObjective(Objective):
    """As velocity, towards a target guided by `scale` at times closer to the data than `end` (MG)."""

    name: Literal["guided-velocity"]
    noise_time: int
    scale: float
    end: float
    timesteps: int | None


@dataclass(frozen=True)
class WeightsContainer:
    """`key` is None for a plain state dict (DiT, SiT) or `ema` for a training checkpoint (REPA, MG)."""

    key: str | None


@dataclass(frozen=True)
class Training:
    """The section `training`.

    Attributes:
        seed: of the first replicate; the trainer is given the resolved seed.
        objective: the loss and its constants, see `objectives.build_objective`.
        steps: number of updates.
        batch_size: images per update.
        learning_rate: the optimiser's rate after the linear warm-up, from where a cosine leads down to its
            `final_learning_rate` share at the last step.
        conditioning_learning_rate: share of the rate for the timestep and label embedders, which make c.
        ema_decay: of the averaged weights, the ones that are saved and sampled from.
        label_dropout: probability of the null label.
        container: of the checkpoint.
        optimiser: a name of `optimisers.OPTIMISERS`; `momentum` is SGD's.
        precision: `float32`, or `bf16` for a network evaluated under autocast (weights, averages and losses stay float32).
        micro_batch: images that go through the network together; gradients are added up over an update's micro-batches.
            Each has a random stream of its own, so the number of processes changes results by rounding only. None: all.
        gradient_clip: largest norm of the whole gradient; None leaves it as it is.
        frozen: prefixes of weights that keep their initial values.
        save_every, log_every: updates between two saved states, and between two rows of the log.
    """

    seed: int
    objective: Objective
    steps: int
    batch_size: int
    learning_rate: float
    warmup_steps: int
    final_learning_rate: float
    conditioning_learning_rate: float
    weight_decay: float
    ema_decay: float
    label_dropout: float
    container: WeightsContainer
    optimiser: str
    momentum: float
    precision: str
    micro_batch: int | None
    gradient_clip: float | None
    frozen: tuple[str, ...]
    save_every: int
    log_every: int

    @property
    def parts(self) -> int:
        """Micro-batches of an update."""
        return self.batch_size // (self.micro_batch or self.batch_size)

    @property
    def aligned(self) -> bool:
        """Whether tokens are aligned with features of the clean pictures."""
        return isinstance(self.objective, AlignedVelocityObjective)

    def rate(self, step: int) -> float:
        """Learning rate of the update made at step `step`, counted from 0."""
        return warmup_cosine(step, self.steps, self.learning_rate, self.warmup_steps, self.final_learning_rate)
