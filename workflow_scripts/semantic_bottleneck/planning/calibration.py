"""How long one model evaluation and one decoded image take on this machine, at the models' own shapes."""

import time
from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from semantic_bottleneck.models.condition import Condition
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.planning.storage import latent_shape
from semantic_bottleneck.sampling.precision import compile_blocks, set_precision
from semantic_bottleneck.vae import VAES, build_vae

ENOUGH = 2.0
"""Seconds of measurement after which more would not tell more."""


def empty_network(card: Mapping[str, Any], device: str) -> nn.Module:
    """A model's network with arbitrary small weights, which takes no checkpoint and as long as the real one."""
    return _filled(build_network(card["family"], card["architecture"], device="meta"), device)


def evaluation(network: nn.Module, card: Mapping[str, Any], rows: int, device: str) -> Callable[[], Tensor]:
    """A call of the network on `rows` latents. Its conditional vector is given: what makes it costs next to nothing."""
    c = torch.full((rows, network.hidden_size), 0.1, device=device)
    network.condition = lambda t, y: Condition(c, c, c)
    x, t = torch.full((rows, *latent_shape(card)), 0.1, device=device), torch.full((rows,), 0.5, device=device)
    return lambda: network(x, t, None)


def flops_per_evaluation(card: Mapping[str, Any]) -> int:
    """Floating-point operations of one latent through the network: its matrix products and convolutions."""
    network = build_network(card["family"], card["architecture"], device="meta").eval()
    with FlopCounterMode(display=False) as counter:
        evaluation(network, card, 1, "meta")()
    return counter.get_total_flops()


@torch.inference_mode()
def seconds_of(call: Callable[[], Tensor], device: str, limit: float) -> float:
    """Mean seconds of a call after a first one, over as many as fit in about `limit` seconds and at least one."""
    wait = torch.cuda.synchronize if device.startswith("cuda") else lambda: None
    call()
    wait()
    calls, start = 0, time.perf_counter()
    while calls == 0 or time.perf_counter() - start < min(limit, ENOUGH):
        call()
        wait()
        calls += 1
    return (time.perf_counter() - start) / calls


def calibrate(
    cards: Mapping[str, Mapping[str, Any]], numerics: Mapping[str, Mapping[str, Any]], rows: int, device: str, budget: float
) -> dict[str, Any]:
    """Seconds per evaluation of each model and per image of each decoder.

    Models with equally many operations share one measurement, and those that the budget no longer reaches get their time
    from their operations and the speed of the last model measured.

    Args:
        cards: model -> family, architecture, decoder.
        numerics: model -> precision and compile.
        rows: latents per call on a GPU; a CPU gets one.
        budget: seconds for all of it.
    """
    start, rows = time.perf_counter(), rows if device.startswith("cuda") else 1
    evaluations: dict[str, dict[str, Any]] = {}
    measured: dict[tuple, float] = {}
    speed = None
    for number, (model, card) in enumerate(cards.items()):
        flops = flops_per_evaluation(card)
        key = (card["family"], flops, *numerics[model].values())
        left = budget - (time.perf_counter() - start)
        if key not in measured and (left > 0 or speed is None):
            network = set_precision(empty_network(card, device).eval(), numerics[model]["precision"], device)
            if numerics[model]["compile"]:
                compile_blocks(network)
            measured[key] = seconds_of(evaluation(network, card, rows, device), device, left / (len(cards) - number)) / rows
            speed = flops / measured[key]
            del network
        seconds = measured.get(key, flops / speed)
        evaluations[model] = {"seconds": seconds, "flops": flops, "measured": key in measured}
    names = dict.fromkeys(card["decoder"]["name"] for card in cards.values())
    decoders = {name: decoder_seconds(name, cards, device) for name in names if name in VAES}
    return {
        "device": device_name(device),
        "rows_per_call": rows,
        "evaluations": evaluations,
        "decoders": decoders,
        "took": time.perf_counter() - start,
    }


def decoder_seconds(name: str, cards: Mapping[str, Mapping[str, Any]], device: str) -> float:
    """Seconds to decode one image of the models that use this decoder."""
    vae = VAES[name]
    shape = max((latent_shape(card) for card in cards.values() if card["decoder"]["name"] == name), key=prod)
    network = _filled(build_vae(vae), device).eval()
    z = torch.full((1, *shape), 0.1, device=device)
    return seconds_of(lambda: network.decode(z).sample, device, ENOUGH)


def device_name(device: str) -> str:
    """What the numbers belong to."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name()
    return f"CPU ({torch.get_num_threads()} thread{'s' if torch.get_num_threads() > 1 else ''})"


def _filled(network: nn.Module, device: str) -> nn.Module:
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
