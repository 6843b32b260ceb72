"""The ceiling: the same encoder trained with the labels."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from semantic_bottleneck.dier.encoders import Encoder


class SupervisedEncoder(nn.Module):
    """The same encoder trained with the labels: what the shape can reach."""

    def __init__(self, encoder: Encoder, classes: int) -> None:
        super().__init__()
        self.encoder, self.output = encoder, nn.Linear(encoder.embedding, classes)

    def embed(self, images: Tensor, t: Tensor) -> Tensor:
        """Images (N, C, S, S) -> (N, d_v)."""
        return self.encoder(images, t)

    def loss(self, images: Tensor, labels: Tensor, rng: torch.Generator) -> Tensor:
        """Cross-entropy of the labels."""
        return functional.cross_entropy(self.output(self.embed(images, torch.zeros_like(labels))), labels)
