"""The running average of the weights that sampling uses."""

import torch
from torch import Tensor


def average_decay(updates: int, decay: float) -> float:
    """min(decay, (1 + n) / (10 + n)) after n earlier updates: the average follows quickly at first."""
    return min(decay, (1 + updates) / (10 + updates))


@torch.no_grad()
def update_average(average: list[Tensor], weights: list[Tensor], decay: float) -> None:
    """average ← decay * average + (1 - decay) * weights, in place, tensor by tensor."""
    torch._foreach_lerp_(average, weights, 1.0 - decay)
