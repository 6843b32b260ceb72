"""The processes that share one training run: which micro-batches are whose, and how gradients come together."""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor


class Team(Protocol):
    """`rank` of `size` processes, the `device` of this one, and the two things they do together."""

    rank: int
    size: int
    device: torch.device

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor by its sum over all processes, in place."""

    def wait(self) -> None:
        """Return when every process has come this far."""


class Alone:
    """A team of one process on `device`."""

    rank, size = 0, 1

    def __init__(self, device: str = "cpu"):
        self.device = torch.device(device)

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Nothing to add."""

    def wait(self) -> None:
        """Nobody to wait for."""
