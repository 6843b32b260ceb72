"""How many rows of input a sampler gives to the network at each step, and how large its state is."""

import torch

from semantic_bottleneck.sampling.calls import network_calls
from semantic_bottleneck.sampling.registry import build_sampler
from semantic_bottleneck.study.card import Guidance
from semantic_bottleneck.study.samplers import SamplerSpec


def step_evaluations(sampler: SamplerSpec, guidance: Guidance | None) -> list[int] | None:
    """Rows given to the network per sample at steps 0, 1, ...; None for an adaptive sampler.

    One evaluation is one latent through the network once: a guided call counts two (conditional and unconditional), a step
    outside the guidance interval one, and Heun's, midpoint and Runge-Kutta steps as often as they call.
    """
    steps = network_calls(sampler, guidance)
    return None if steps is None else [sum(2 if guided else 1 for _, guided in calls) for calls in steps]


def state_bytes(sampler: SamplerSpec, latent_shape: tuple[int, ...]) -> int:
    """Bytes of one sample's snapshot: the sampler's state in its own type."""
    built = build_sampler(sampler)
    state = built.start(torch.zeros((1, *latent_shape), dtype=torch.float64))
    return state.numel() * state.element_size()
