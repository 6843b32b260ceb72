"""What a training run needs to continue after a kill."""

import logging
from pathlib import Path

import torch
from torch import nn

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.training.containers import load_tensors, save_tensors

logger = logging.getLogger(__name__)


def save_state(
    path: Path, identity: str, step: int, modules: dict[str, nn.Module], optimizer: torch.optim.Optimizer, log_rows: dict
) -> None:
    """Write weights, optimizer and log after `step` updates.

    Batches and noise need no state, being functions of the step.
    """
    state = {name: module.state_dict() for name, module in modules.items()}
    save_tensors(
        path, {"identity": identity, "step": step, "modules": state, "optimizer": optimizer.state_dict(), "log": log_rows}
    )


def restore_state(
    path: Path, identity: str, modules: dict[str, nn.Module], optimizer: torch.optim.Optimizer
) -> tuple[int, dict] | None:
    """Load in place what `save_state` wrote; returns (updates made, log rows), or None if there is nothing to continue.

    A file of another run (settings, data or seed differ) or a damaged one is left aside with a warning: the run starts over.
    """
    if not path.exists():
        return None
    try:
        saved = load_tensors(path)
    except UserError as error:
        logger.warning("training starts over: %s", error)
        return None
    if saved["identity"] != identity:
        logger.warning("%s belongs to a run with other settings: training starts over", path)
        return None
    for name, module in modules.items():
        module.load_state_dict(saved["modules"][name])
    optimizer.load_state_dict(saved["optimizer"])
    logger.info("continuing after step %d from %s", saved["step"], path)
    return saved["step"], saved["log"]
