"""The running average of the weights that sampling uses."""

import torch
from torch import nn


def average_decay(updates: int, decay: float) -> float:
    """min(decay, (1 + n) / (10 + n)) after n earlier updates: the average follows quickly at first."""
    return min(decay, (1 + updates) / (10 + updates))


@torch.no_grad()
def update_average(average: nn.Module, network: nn.Module, decay: float) -> None:
    """average ← decay * average + (1 - decay) * network, in place, for every parameter."""
    torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), 1.0 - decay)
