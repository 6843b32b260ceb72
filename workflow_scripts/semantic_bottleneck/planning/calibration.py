"""How long one model evaluation and one decoded image take on this machine, at the models' own shapes."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from semantic_bottleneck.decoding.vae import VAES, build_vae
from semantic_bottleneck.models.condition import Condition
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.planning.device import device_name
from semantic_bottleneck.sampling.precision import compile_blocks, set_precision
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.typed import required

Network = TypeVar("Network", bound=nn.Module)

ENOUGH = 2.0
"""Seconds of measurement after which more would not tell more."""
SETUP = 5.0
"""Seconds allowed for building a network of the official size before its first call."""


def empty_network(card: Card, device: str) -> nn.Module:
    """A model's network with arbitrary small weights, which takes no checkpoint and as long as the real one."""
    return _filled(build_network(card.family, card.architecture, device="meta"), device)


def evaluation(network: Any, latent_shape: tuple[int, ...], rows: int, device: str) -> Callable[[], Tensor]:
    """A call of the network on `rows` latents. Its conditional vector is given: what makes it costs next to nothing."""
    c = torch.full((rows, getattr(network, "condition_size", network.hidden_size)), 0.1, device=device)
    network.condition = lambda t, y: Condition(c, c, c)
    x, t = torch.full((rows, *latent_shape), 0.1, device=device), torch.full((rows,), 0.5, device=device)
    y = network.any_condition(rows, device) if hasattr(network, "any_condition") else None
    return lambda: network(x, t, y)


def flops_per_evaluation(card: Card) -> int:
    """Floating-point operations of one latent through the network: its matrix products and convolutions."""
    # Tables of positions of diffusers' networks are made at once.
    network = build_network(card.family, card.architecture, device="meta").to("meta").eval()
    with FlopCounterMode(display=False) as counter:
        evaluation(network, card.latent_shape, 1, "meta")()
    return counter.get_total_flops()


@torch.inference_mode()
def seconds_of(call: Callable[[], Tensor], device: str, limit: float) -> float:
    """Mean seconds of a call over as many as fit in about `limit` seconds and at least one, not counting the first on a GPU."""
    wait = torch.cuda.synchronize if device.startswith("cuda") else lambda: None
    if device.startswith("cuda"):
        call()
        wait()
    calls, start = 0, time.perf_counter()
    while calls == 0 or time.perf_counter() - start < min(limit, ENOUGH):
        call()
        wait()
        calls += 1
    return (time.perf_counter() - start) / calls


class Stopwatch:
    """Measures within a budget; what no longer fits gets its time from its operations and the speed measured last."""

    def __init__(self, device: str, budget: float):
        self.device, self.budget, self.start = device, budget, time.perf_counter()
        self.speed: float | None = None
        self.known: dict[tuple, float] = {}

    def spent(self) -> float:
        """Seconds since the beginning."""
        return time.perf_counter() - self.start

    def measure(self, key: tuple, flops: int, rows: int, prepare: Callable[[], Callable[[], Tensor]]) -> dict[str, Any]:
        """Seconds per row of a call on `rows` rows, each `flops` operations; equal keys are measured once."""
        left = self.budget - self.spent()
        fits = self.speed is None or SETUP + flops * rows / self.speed < left
        if key not in self.known and fits:
            self.known[key] = seconds_of(prepare(), self.device, left / 4) / rows
            self.speed = flops / self.known[key]
        assert self.speed is not None  # the first call always fits
        return {"seconds": self.known.get(key, flops / self.speed), "flops": flops, "measured": key in self.known}


def calibrate(
    cards: Mapping[str, Card], numerics: Mapping[str, Mapping[str, Any]], rows: int, device: str, budget: float
) -> dict[str, Any]:
    """Seconds per evaluation of each model and per image of each decoder.

    Models of one family with equally many operations (to two digits) share one measurement.

    Args:
        cards: model -> its card, `decoder` included.
        numerics: model -> precision and compile.
        rows: latents per call on a GPU; a CPU gets one.
        budget: seconds for all of it.
    """
    watch, rows = Stopwatch(device, budget), rows if device.startswith("cuda") else 1
    evaluations = {}
    for model, card in cards.items():
        flops = flops_per_evaluation(card)
        key = (card.family, f"{flops:.2g}", *numerics[model].values())
        evaluations[model] = watch.measure(key, flops, rows, partial(_prepared, card, numerics[model], rows, device))
    decoders = {}
    for card in cards.values():
        name = required(card.decoder).name
        if name in VAES and name not in decoders:
            z = partial(torch.full, (1, *card.latent_shape), 0.1)
            decoders[name] = watch.measure((name,), decoder_flops(name, z), 1, partial(_prepared_decoder, name, z, device))
    return {
        "device": device_name(device),
        "rows_per_call": rows,
        "evaluations": evaluations,
        "decoders": decoders,
        "took": watch.spent(),
    }


def decoder_flops(name: str, z: Callable[..., Tensor]) -> int:
    """Floating-point operations of one decoded image."""
    network = build_vae(VAES[name])
    with FlopCounterMode(display=False) as counter:
        network.decode(z(device="meta"))
    return counter.get_total_flops()


def _prepared(card: Card, numerics: Mapping[str, Any], rows: int, device: str) -> Callable[[], Tensor]:
    network = set_precision(empty_network(card, device).eval(), numerics["precision"], device)
    if numerics["compile"]:
        compile_blocks(network)
    return evaluation(network, card.latent_shape, rows, device)


def _prepared_decoder(name: str, z: Callable[..., Tensor], device: str) -> Callable[[], Tensor]:
    network, latent = _filled(build_vae(VAES[name]), device).eval(), z(device=device)
    return lambda: network.decode(latent).sample


def _filled(network: Network, device: str) -> Network:
    # Zeros would flatter a GPU, whose clock rises when its arithmetic has nothing to switch.
    network = network.to_empty(device=device)
    generator = torch.Generator(device).manual_seed(0)
    with torch.no_grad():
        for tensor in network.state_dict().values():
            if tensor.is_floating_point():
                tensor.uniform_(-0.02, 0.02, generator=generator)
            else:
                tensor.zero_()
    return network
