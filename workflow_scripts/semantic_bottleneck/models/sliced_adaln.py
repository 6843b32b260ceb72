"""AdaLN without the columns that a shared pruning mask makes useless.

A pruned dimension is 0, SiLU(0) = 0 exactly, and 0 times a finite weight is 0: its column contributes nothing to any
modulation vector. Where all rows of a batch prune the dimension (a fixed set of classes at one step), the column can be
left out, and only the order in which the remaining products are added may differ from the dense layer's.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch.nn.functional as F
from torch import Tensor, nn

from semantic_bottleneck.arrays import Bool, Int64
from semantic_bottleneck.models.layers import Block, FinalLayer


def shared_kept(pruned: Bool[Tensor, "rows dimensions"]) -> Int64[Tensor, " kept"]:
    """Indices (K,) int64 of the dimensions that at least one row keeps, from masks (N, D), True where pruned."""
    return (~pruned.all(dim=0)).nonzero()[:, 0]


class SlicedModulation(nn.Module):
    """A modulation whose first map, the one that takes c, holds only the columns `kept`, copied once, contiguous."""

    def __init__(self, modulation: nn.Sequential, kept: Tensor) -> None:
        super().__init__()
        linear = modulation[1]
        assert isinstance(linear, nn.Linear)
        self.kept: Tensor
        self.weight: Tensor
        self.bias: Tensor | None
        self.register_buffer("kept", kept)
        self.register_buffer("weight", linear.weight.detach()[:, kept].contiguous())
        self.register_buffer("bias", None if linear.bias is None else linear.bias.detach())
        self.rest = modulation[2:]

    def forward(self, c: Tensor) -> Tensor:
        """Pruned c (N, D) -> as the dense modulation."""
        return self.rest(F.linear(F.silu(c[:, self.kept]), self.weight, self.bias))


@contextmanager
def sliced(network: nn.Module, kept: Tensor) -> Iterator[nn.Module]:
    """`network` with the modulation of every block and final layer sliced to the dimensions `kept` of c.

    Correct only while every row's c is 0 outside `kept`; another mask needs another slice.
    """
    owners = [module for module in network.modules() if isinstance(module, Block | FinalLayer)]
    dense = [module.adaLN_modulation for module in owners]
    for module, modulation in zip(owners, dense, strict=True):
        module.adaLN_modulation = SlicedModulation(modulation, kept)  # type: ignore[assignment]  # called alike
    try:
        yield network
    finally:
        for module, modulation in zip(owners, dense, strict=True):
            module.adaLN_modulation = modulation
