"""The optimisers a card may ask for, with the embedders that make c in a group of their own."""

from collections.abc import Callable, Sequence

import torch
from torch import nn

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.training import Training

CONDITIONING = ("t_embedder.", "y_embedder.", "lift.")

OPTIMISERS: dict[str, Callable[[list, Training], torch.optim.Optimizer]] = {
    "adamw": lambda groups, settings: torch.optim.AdamW(groups, lr=0.0, weight_decay=settings.weight_decay, fused=True),
    "adam": lambda groups, settings: torch.optim.Adam(groups, lr=0.0, weight_decay=settings.weight_decay, fused=True),
    "sgd": lambda groups, settings: torch.optim.SGD(
        groups, lr=0.0, momentum=settings.momentum, weight_decay=settings.weight_decay, fused=True
    ),
}
"""adamw: decoupled weight decay. adam: the decay is part of the gradient (L2). sgd: with momentum, no rescaling per weight."""


def freeze(network: nn.Module, prefixes: Sequence[str]) -> None:
    """Take the weights whose names start with one of `prefixes` out of training, in place.

    Raises:
        UserError: a prefix names no weight.
    """
    named = dict(network.named_parameters())
    for prefix in prefixes:
        chosen = [weight for name, weight in named.items() if name.startswith(prefix)]
        if not chosen:
            raise UserError(f"training.frozen names '{prefix}', with which no weight's name begins; try t_embedder.")
        for weight in chosen:
            weight.requires_grad_(False)


def build_optimiser(network: nn.Module, settings: Training) -> torch.optim.Optimizer:
    """The optimiser over the trainable weights; each group says in `conditioning` whether it holds the embedders."""
    named = [(name, weight) for name, weight in network.named_parameters() if weight.requires_grad]
    groups = [
        {
            "params": [weight for name, weight in named if name.startswith(CONDITIONING) == conditioning],
            "conditioning": conditioning,
        }
        for conditioning in (False, True)
    ]
    return OPTIMISERS[settings.optimiser]([group for group in groups if group["params"]], settings)
