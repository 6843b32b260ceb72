"""What an encoder costs: parameters, the memory of a training step, and the arithmetic of a whole training."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from semantic_bottleneck.dier.network import Network
from semantic_bottleneck.randomness.streams import generator

COPIES = 5
"""Of each weight: itself, its gradient, AdamW's two moments, its running average."""


@dataclass(frozen=True)
class EncoderFootprint:
    """Numbers that depend on shapes alone, not on a machine.

    Attributes:
        parameters, encoder_parameters: of all that is trained, and of the encoder in it (0 without one).
        bytes, encoder_bytes: COPIES of the weights and what a step on one batch keeps for its backward pass; what allocators
            and single operations take comes on top.
        flops: floating-point operations of one update, forward and backward, matrix products and convolutions only.
    """

    parameters: int
    encoder_parameters: int
    bytes: int
    encoder_bytes: int
    flops: int


def footprint(network: Network, images: Tensor, labels: Tensor) -> EncoderFootprint:
    """Cost of training on batches like images (N, C, S, S) and labels (N,); the network's gradients are thrown away."""
    images, labels = images.clone(), labels.clone()  # a slice would count as the whole that it is cut from
    network.requires_grad_(True)
    kept = _Kept(network)
    with FlopCounterMode(display=False) as counter, kept:
        network.loss(images, labels, generator(0, "footprint")).backward()
    network.zero_grad(set_to_none=True)
    encoder = getattr(network, "encoder", None)
    own = 0
    if encoder is not None:
        inner = _Kept(encoder)
        with inner:
            encoder(images, torch.zeros_like(labels))
        own = inner.bytes + COPIES * _bytes(encoder)
    parameters, of_encoder = (_count(part) for part in (network, encoder))
    return EncoderFootprint(parameters, of_encoder, kept.bytes + COPIES * _bytes(network), own, counter.get_total_flops())


class _Kept(torch.autograd.graph.saved_tensors_hooks):
    """Counts the memory that autograd holds on to, each block once, the weights not at all."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__(self._pack, lambda tensor: tensor)
        self._seen = {weight.untyped_storage().data_ptr() for weight in module.parameters()}
        self.bytes = 0

    def _pack(self, tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in self._seen:
            self._seen.add(storage.data_ptr())
            self.bytes += storage.nbytes()
        return tensor


def _count(module: nn.Module | None) -> int:
    return sum(weight.numel() for weight in module.parameters()) if module is not None else 0


def _bytes(module: nn.Module) -> int:
    return sum(weight.numel() * weight.element_size() for weight in module.parameters())
