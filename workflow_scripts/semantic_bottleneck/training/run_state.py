"""What a training run needs to continue after a kill."""

import logging
from abc import ABC, abstractmethod
from pathlib import Path

import torch
from torch import nn

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.containers import load_tensors, save_tensors

logger = logging.getLogger(__name__)


class Resumable(ABC):
    """A run whose weights, their average, the optimizer and the log are all that `step` updates have left behind.

    Batches and noise need no state, being functions of the step.
    """

    network: nn.Module
    average: nn.Module
    optimizer: torch.optim.Optimizer
    step: int
    log: dict[str, list]

    @abstractmethod
    def identity(self) -> str:
        """A digest of all that decides the run, so that no run continues another one's state."""

    def save(self, path: Path) -> None:
        """Write the state from which the run can continue."""
        state = {
            "identity": self.identity(),
            "step": self.step,
            "modules": {name: module.state_dict() for name, module in self._modules().items()},
            "optimizer": self.optimizer.state_dict(),
            "log": self.log,
        }
        save_tensors(path, state)

    def restore(self, path: Path) -> None:
        """Continue from the state in `path`, if there is one of this very run.

        A file of another run (settings, data or seed differ) or a damaged one is left aside with a warning: nothing changes.
        """
        if not path.exists():
            return
        try:
            saved = load_tensors(path)
        except UserError as error:
            logger.warning("training starts over: %s", error)
            return
        if saved["identity"] != self.identity():
            logger.warning("%s belongs to a run with other settings: training starts over", path)
            return
        for name, module in self._modules().items():
            module.load_state_dict(saved["modules"][name])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.step, self.log = saved["step"], saved["log"]
        logger.info("continuing after step %d from %s", self.step, path)

    def _modules(self) -> dict[str, nn.Module]:
        return {"network": self.network, "average": self.average}
