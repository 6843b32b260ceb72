"""A team of processes under accelerate, one per device (GPUs over NCCL, CPU processes over Gloo)."""

from collections.abc import Sequence

import torch
from accelerate import Accelerator
from torch import Tensor


class Accelerated:
    """This process's place among those that `accelerate launch` started; see `team.Team`."""

    def __init__(self, cpu: bool = False):
        self._accelerator = Accelerator(cpu=cpu)
        self.rank, self.size = self._accelerator.process_index, self._accelerator.num_processes
        self.device = self._accelerator.device

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor by its sum over all processes: one message for all, since small ones are mostly waiting."""
        with torch.no_grad():
            joined = self._accelerator.reduce(torch.cat([tensor.detach().reshape(-1) for tensor in tensors]), "sum")
            for tensor, total in zip(tensors, joined.split([tensor.numel() for tensor in tensors]), strict=True):
                tensor.copy_(total.view_as(tensor))

    def wait(self) -> None:
        """Return when every process has come this far."""
        self._accelerator.wait_for_everyone()
