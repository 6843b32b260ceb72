"""A full network's weights -> those of the same network with factorised AdaLN."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from semantic_bottleneck.compression.errors import Layer
from semantic_bottleneck.compression.factors import Distribution, factors
from semantic_bottleneck.models.low_rank import dense_map, modulated_layers


def layers_of(network: nn.Module) -> dict[str, Layer]:
    """Name -> the dense AdaLN map of every modulated layer."""
    return {name: Layer.of(dense_map(layer)) for name, layer in modulated_layers(network).items()}


def factorised_state(
    state: Mapping[str, Tensor], layers: Mapping[str, Layer], rows: Distribution, method: str, rank: int, seed: int
) -> dict[str, Any]:
    """Tensors of the network with `condition_rank` = rank, float32 where they are new (see models/low_rank.py for the names).

    Args:
        state: of the full network.
        layers: its dense maps.
        rows: what they are given.
        seed: of random directions; every layer has its own.
    """
    result = dict(state)
    for number, (name, layer) in enumerate(layers.items()):
        small = factors(method, layer.weight, layer.bias, rows, rank, seed + number)
        stem = f"{name}.adaLN_modulation"
        result[f"{stem}.1.weight"], result[f"{stem}.2.weight"] = small.down.float(), small.up.float()
        result[f"{stem}.2.bias"] = small.bias.float()
        del result[f"{stem}.1.bias"]
    return result
