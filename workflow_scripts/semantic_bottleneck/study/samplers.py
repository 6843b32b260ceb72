"""Samplers and their options as cards name them, and how many steps each takes: samplers and pruning windows ask here.

Standard library only.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from semantic_bottleneck.study.respacing import kept_steps


@dataclass(frozen=True)
class SamplerSpec(ABC):
    """One of the samplers below, whose class in `sampling/` says what its options do."""

    name: str

    @property
    @abstractmethod
    def trajectory_steps(self) -> int:
        """Steps of a whole trajectory: so often `advance` is called."""


@dataclass(frozen=True)
class DDPMOptions(SamplerSpec):
    """`steps` of the chain are kept; `variance` where the network predicts none; `clip` the estimate of the image."""

    name: Literal["ddpm"]
    steps: int
    variance: str
    clip: bool

    @property
    def trajectory_steps(self) -> int:
        return len(kept_steps(self.steps))


@dataclass(frozen=True)
class DDIMOptions(SamplerSpec):
    """As of ddpm."""

    name: Literal["ddim"]
    steps: int
    clip: bool

    @property
    def trajectory_steps(self) -> int:
        return len(kept_steps(self.steps))


@dataclass(frozen=True)
class SiTODEOptions(SamplerSpec):
    """`steps` are points of the time grid, as officially counted: one more than the steps between them."""

    name: Literal["sit-ode"]
    steps: int
    method: str

    @property
    def trajectory_steps(self) -> int:
        return self.steps - 1


@dataclass(frozen=True)
class SiTDopri5Options(SamplerSpec):
    """One step, which cannot be entered midway and whose number of evaluations depends on the network."""

    name: Literal["sit-dopri5"]
    atol: float
    rtol: float

    @property
    def trajectory_steps(self) -> int:
        return 1


@dataclass(frozen=True)
class SiTSDEOptions(SamplerSpec):
    """`steps` are points of the time grid; a last step, where there is one, leads on from the last of them."""

    name: Literal["sit-sde"]
    steps: int
    method: str
    diffusion: str
    norm: float
    last_step: str | None
    last_step_size: float

    @property
    def trajectory_steps(self) -> int:
        return self.steps - 1 if self.last_step is None else self.steps


@dataclass(frozen=True)
class REPAODEOptions(SamplerSpec):
    """`steps` are steps."""

    name: Literal["repa-ode"]
    steps: int
    heun: bool

    @property
    def trajectory_steps(self) -> int:
        return self.steps


@dataclass(frozen=True)
class REPASDEOptions(SamplerSpec):
    """`steps` are steps; the last one leads from time `end` to 0."""

    name: Literal["repa-sde"]
    steps: int
    end: float

    @property
    def trajectory_steps(self) -> int:
        return self.steps


@dataclass(frozen=True)
class LightningDiTOptions(SamplerSpec):
    """`steps` are points of the time grid, which `shift` bends."""

    name: Literal["lightningdit-euler"]
    steps: int
    shift: float

    @property
    def trajectory_steps(self) -> int:
        return self.steps - 1


@dataclass(frozen=True)
class DPMSolverOptions(SamplerSpec):
    """`steps` are steps; the starting noise is rounded to the type `start`."""

    name: Literal["dpm-solver++"]
    steps: int
    start: str

    @property
    def trajectory_steps(self) -> int:
        return self.steps


@dataclass(frozen=True)
class DiffusersOptions(SamplerSpec):
    """`steps` of a `scheduler` of diffusers with its `settings`; see config/schemas/model.schema.yaml."""

    name: Literal["diffusers"]
    scheduler: str
    settings: Mapping[str, Any]
    steps: int
    mu: float | None
    even_sigmas: bool
    time_divisor: float

    @property
    def trajectory_steps(self) -> int:
        return self.steps
