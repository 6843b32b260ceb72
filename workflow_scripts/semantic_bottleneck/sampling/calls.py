"""At which times a sampler calls the network, and whether with guidance: found by running the sampler on one pixel."""

import torch
from torch import Tensor

from semantic_bottleneck.sampling.guidance import scale_at
from semantic_bottleneck.sampling.registry import build_sampler
from semantic_bottleneck.study.card import Guidance
from semantic_bottleneck.study.samplers import SamplerSpec, SiTDopri5Options

PIXEL = (1, 1, 1, 1)

Call = tuple[float, bool]
"""Network time, and whether unconditional rows are evaluated as well."""


class Recorder:
    """Stands in for the guided network: returns zeros and keeps every call."""

    def __init__(self, guidance: Guidance | None):
        self.guidance = guidance
        self.calls: list[Call] = []

    def __call__(self, x: Tensor, t: float, guided_at: float | None = None) -> Tensor:
        """Zeros like x (1, C, H, W)."""
        self.calls.append((t, self.is_guided(t if guided_at is None else guided_at)))
        return torch.zeros_like(x)

    def is_guided(self, t: float) -> bool:
        """Whether unconditional rows are evaluated at network time t."""
        return scale_at(self.guidance, t) > 1


def network_calls(sampler: SamplerSpec, guidance: Guidance | None) -> list[list[Call]] | None:
    """The calls of steps 0, 1, ...; None for an adaptive sampler, whose times depend on the sample.

    The card's sampler itself runs, so Heun's, midpoint and Runge-Kutta steps call as often, and where, as they do.
    """
    if isinstance(sampler, SiTDopri5Options):
        return None
    built, predict, steps = build_sampler(sampler), Recorder(guidance), []
    state = built.start(torch.zeros(PIXEL, dtype=torch.float64))
    for k in range(built.steps):
        before = len(predict.calls)
        # Only adaptive samplers ask for `both`.
        state = built.advance(k, state, predict, lambda: torch.zeros(PIXEL, dtype=torch.float64))  # type: ignore[arg-type]
        steps.append(predict.calls[before:])
    return steps
