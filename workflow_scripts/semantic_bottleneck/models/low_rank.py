"""AdaLN through a narrow middle: the linear map of every modulation as a product of two, through `rank` dimensions.

The tensors are `adaLN_modulation.1.weight` (rank, D), `adaLN_modulation.2.weight` (outputs, rank) and `adaLN_modulation.2.bias`
where the dense layer has `adaLN_modulation.1.weight` (outputs, D) and `adaLN_modulation.1.bias`.
"""

from torch import nn

from semantic_bottleneck.models.layers import Block, FinalLayer


def modulated_layers(network: nn.Module) -> dict[str, Block | FinalLayer]:
    """Name -> every block and final layer of a network, in the order of its tensors."""
    return {name: module for name, module in network.named_modules() if isinstance(module, Block | FinalLayer)}


def dense_map(layer: Block | FinalLayer) -> nn.Linear:
    """The linear map of a layer's modulation, which must not be factorised."""
    linear = layer.adaLN_modulation[1]
    assert isinstance(linear, nn.Linear)
    assert len(layer.adaLN_modulation) == 2
    return linear


def factorise(network: nn.Module, rank: int) -> nn.Module:
    """Give the modulation of every block and final layer two maps, D to `rank` to its outputs, with arbitrary weights (in
    place, on the present device); returns `network`."""
    for layer in modulated_layers(network).values():
        dense = dense_map(layer)
        down, up = nn.Linear(dense.in_features, rank, bias=False), nn.Linear(rank, dense.out_features)
        layer.adaLN_modulation = nn.Sequential(layer.adaLN_modulation[0], down, up)
    return network
