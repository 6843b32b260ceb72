"""What slicing AdaLN to a shared mask saves on this machine: operations, bytes and time, for AdaLN alone and a whole block."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from semantic_bottleneck.models.layers import Block
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.models.sliced_adaln import SlicedModulation
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.sizes import condition_size

SHARES = tuple(tenth / 10 for tenth in range(10))
"""Shares of the dimensions of c that the mask removes."""
FLOAT = 4
CALLS, LEAST, ENOUGH = 100, 3, 0.1
"""Most and fewest calls of which the fastest counts, and the seconds after which they are enough."""


def first_block(card: Card, device: str) -> tuple[Block, int]:
    """The first block of a card's network, with arbitrary weights, and its number of tokens. All blocks cost the same."""
    network: Any = build_network(card.family, card.architecture, device="meta")
    block = next(module for module in network.modules() if isinstance(module, Block) and module.skip_linear is None)
    block = block.to_empty(device=device).eval()
    generator = torch.Generator(device).manual_seed(0)
    with torch.no_grad():
        for tensor in block.state_dict().values():
            if tensor.is_floating_point():
                tensor.uniform_(-0.02, 0.02, generator=generator)
            else:
                tensor.zero_()
    return block, network.pos_embed.shape[1]


@torch.inference_mode()
def fastest(call: Callable[[], Tensor], device: str) -> float:
    """Seconds of the fastest of several calls, of the clock on a GPU and of the processor on a CPU that others may use."""
    gpu = device.startswith("cuda")
    clock, wait = (time.perf_counter, torch.cuda.synchronize) if gpu else (time.process_time, lambda: None)

    def once() -> float:
        start = clock()
        call()
        wait()
        return clock() - start

    seconds: list[float] = []
    while len(seconds) < LEAST or (len(seconds) < CALLS and sum(seconds) < ENOUGH):
        seconds.append(once())
    return min(seconds)


def flops_of(call: Callable[[], Tensor]) -> int:
    """Operations of the matrix products of a call."""
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        call()
    return counter.get_total_flops()


def weight_bytes(module: nn.Module) -> int:
    """Bytes of the weights that a call reads; float32."""
    return FLOAT * sum(tensor.numel() for tensor in module.state_dict().values() if tensor.is_floating_point())


def measure_slicing(card: Card, rows: Sequence[int], device: str) -> dict[str, list]:
    """Columns rows, removed_share, part, flops, bytes, seconds.

    `part` is adaln (one block's modulation, measured at every share) or block (the whole block, measured dense; at other
    shares its dense cost with the modulation's exchanged). The block's weights stay in the cache from call to call, as a
    whole network's do not: benchmarks/sliced_adaln.py measures that end to end.

    Args:
        rows: numbers of rows of c in a call.
    """
    block, tokens = first_block(card, device)
    width = condition_size(card.architecture)
    generator = torch.Generator(device).manual_seed(1)
    order = torch.randperm(width, generator=generator, device=device)
    found: dict[str, list] = {name: [] for name in ("rows", "removed_share", "part", "flops", "bytes", "seconds")}

    def add(*values) -> None:
        for column, value in zip(found.values(), values, strict=True):
            column.append(value)

    for count in rows:
        c = torch.randn(count, width, generator=generator, device=device)
        x = torch.randn(count, tokens, card.architecture["hidden_size"], generator=generator, device=device)

        def whole(x: Tensor = x, c: Tensor = c) -> Tensor:
            return block(x, c)

        costs = (flops_of(whole), weight_bytes(block), fastest(whole, device))
        dense = None
        for share in SHARES:
            kept = order[: width - round(share * width)].sort().values
            part = SlicedModulation(block.adaLN_modulation, kept) if share else block.adaLN_modulation
            pruned = torch.zeros_like(c).index_copy(1, kept, c[:, kept])

            def modulate(part: nn.Module = part, pruned: Tensor = pruned) -> Tensor:
                return part(pruned)

            own = (flops_of(modulate), weight_bytes(part), fastest(modulate, device))
            dense = dense or own
            add(count, share, "adaln", *own)
            add(count, share, "block", *(b - d + o for b, d, o in zip(costs, dense, own, strict=True)))
    return found
