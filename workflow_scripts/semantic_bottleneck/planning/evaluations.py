"""How many rows of input a sampler gives to the network at each step, found by running the sampler on a counter."""

import torch
from torch import Tensor

from semantic_bottleneck.sampling.guidance import scale_at
from semantic_bottleneck.sampling.registry import build_sampler
from semantic_bottleneck.study.card import Guidance
from semantic_bottleneck.study.samplers import SamplerSpec, SiTDopri5Options

PIXEL = (1, 1, 1, 1)


class Counter:
    """Stands in for the guided network: returns zeros and counts one row per call, two where guidance is in force."""

    def __init__(self, guidance: Guidance | None):
        self.guidance, self.rows = guidance, 0

    def __call__(self, x: Tensor, t: float, guided_at: float | None = None) -> Tensor:
        """Zeros like x (1, C, H, W)."""
        self.rows += 2 if self.is_guided(t if guided_at is None else guided_at) else 1
        return torch.zeros_like(x)

    def is_guided(self, t: float) -> bool:
        """Whether unconditional rows are evaluated at network time t."""
        return scale_at(self.guidance, t) > 1


def step_evaluations(sampler: SamplerSpec, guidance: Guidance | None) -> list[int] | None:
    """Rows given to the network per sample at steps 0, 1, ...; None for an adaptive sampler.

    One evaluation is one latent through the network once: a guided call counts two (conditional and unconditional), a step
    outside the guidance interval one, and Heun's, midpoint and Runge-Kutta steps as often as they call. The card's sampler
    itself runs, on one pixel, so the count is right by construction.
    """
    if isinstance(sampler, SiTDopri5Options):
        return None
    built, predict, counts = build_sampler(sampler), Counter(guidance), []
    state = built.start(torch.zeros(PIXEL, dtype=torch.float64))
    for k in range(built.steps):
        before = predict.rows
        # Only adaptive samplers ask for `both`.
        state = built.advance(k, state, predict, lambda: torch.zeros(PIXEL, dtype=torch.float64))  # type: ignore[arg-type]
        counts.append(predict.rows - before)
    return counts


def state_bytes(sampler: SamplerSpec, latent_shape: tuple[int, ...]) -> int:
    """Bytes of one sample's snapshot: the sampler's state in its own type."""
    built = build_sampler(sampler)
    state = built.start(torch.zeros((1, *latent_shape), dtype=torch.float64))
    return state.numel() * state.element_size()
