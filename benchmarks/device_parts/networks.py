"""Networks with the recipe's weights, and our own trajectories of them, cut to a slice of their steps."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.device_parts.scale import Scale
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.sampling.registry import build_sampler
from semantic_bottleneck.sampling.sampler import Noise, Predict, Sampler
from semantic_bottleneck.sampling.trajectory import Generation, run_trunk
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.typed import required
from tests.golden.recipe import fill_state_dict


class Slice:
    """Steps `first` to `first + steps` of a sampler, as a sampler: what is timed does all that a whole trajectory does."""

    def __init__(self, sampler: Sampler, first: int, steps: int):
        self._sampler, self._first, self.steps = sampler, first, steps
        self.dtype, self.times = sampler.dtype, sampler.times[first : first + steps]

    def start(self, noise: Tensor) -> Tensor:
        """As the whole sampler's."""
        return self._sampler.start(noise)

    def advance(self, k: int, state: Tensor, predict: Predict, noise: Noise) -> Tensor:
        """As the whole sampler's step `first + k`; a slice longer than what is left repeats its first step."""
        inside = self._first + k if self._first + k < self._sampler.steps - 1 else self._first
        return self._sampler.advance(inside, state, predict, noise)

    def finish(self, state: Tensor) -> Tensor:
        """As the whole sampler's."""
        return self._sampler.finish(state)


def recipe_network(card: Card, device: str) -> nn.Module:
    """The card's network in float32 with the recipe's weights, in eval mode."""
    network = build_network(card.family, card.architecture)
    with ThreadPoolExecutor() as pool:  # the recipe draws every tensor from a generator of its own
        list(pool.map(lambda item: fill_state_dict(dict([item])), network.state_dict().items()))
    return network.to(device).eval()


def generation(network: nn.Module, card: Card, sampler: Sampler, micro_batch: int, parts: Path, scale: Scale) -> Generation:
    """Trajectories of the card's guidance and shapes, sample i of class i modulo the number of classes."""
    classes = required(card.classes)
    return Generation(
        network=network,
        sampler=sampler,
        guidance=card.guidance,
        labels_of=lambda samples: torch.tensor([sample % classes for sample in samples]),
        latent_shape=card.latent_shape,
        seed=0,
        micro_batch=micro_batch,
        parts=parts,
        fingerprint="benchmark",
        device=scale.device,
    )


def run_slice(network: nn.Module, card: Card, first: int, steps: int, micro_batch: int, scale: Scale) -> None:
    """One micro-batch through a slice of the card's trajectory, as rule run_trunk would."""
    sampler = Slice(build_sampler(required(card.sampler)), first, steps)
    with tempfile.TemporaryDirectory(dir=scale.scratch) as parts:
        run_trunk(generation(network, card, sampler, micro_batch, Path(parts), scale), range(micro_batch))
