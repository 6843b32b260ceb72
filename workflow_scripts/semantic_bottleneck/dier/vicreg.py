"""VICReg, the self-supervised baseline: two views of a picture get vectors that agree, vary and do not repeat each other.

A. Bardes, J. Ponce, Y. LeCun, arXiv 2105.04906, algorithm 1 (docs/sources/dier.md, section 5).
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from semantic_bottleneck.dier.encoders import Encoder
from semantic_bottleneck.dier.views import view

EXPANDER_WIDTH = 256
INVARIANCE, VARIANCE, COVARIANCE = 25.0, 25.0, 1.0
EPSILON = 1e-4


class VicReg(nn.Module):
    """The encoder, whose vector is probed, and the expander, on which the loss is taken and which is thrown away."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        widths = [encoder.embedding, EXPANDER_WIDTH, EXPANDER_WIDTH]
        layers = [
            # Statistics of the batch alone: nothing is ever expanded outside of training.
            nn.Sequential(nn.Linear(before, after), nn.BatchNorm1d(after, track_running_stats=False), nn.ReLU())
            for before, after in pairwise(widths)
        ]
        self.expander = nn.Sequential(*layers, nn.Linear(EXPANDER_WIDTH, EXPANDER_WIDTH))

    def embed(self, images: Tensor, t: Tensor) -> Tensor:
        """Images (N, C, S, S) -> (N, d_v)."""
        return self.encoder(images, t)

    def loss(self, images: Tensor, labels: Tensor, rng: torch.Generator) -> Tensor:
        """25 invariance + 25 variance + covariance of the expanded vectors of two views, a batch of at least two."""
        t = torch.zeros_like(labels)
        first, second = (self.expander(self.embed(view(images, rng), t)) for _ in range(2))
        spread = sum(functional.relu(1.0 - (z.var(dim=0) + EPSILON).sqrt()).mean() for z in (first, second))
        repeated = covariance_penalty(first) + covariance_penalty(second)
        return INVARIANCE * functional.mse_loss(first, second) + VARIANCE * spread + COVARIANCE * repeated


def covariance_penalty(z: Tensor) -> Tensor:
    """Sum of the squared covariances of different columns of z (n, d), over d."""
    covariance = torch.cov(z.T)
    return (covariance.square().sum() - covariance.diagonal().square().sum()) / z.shape[1]
