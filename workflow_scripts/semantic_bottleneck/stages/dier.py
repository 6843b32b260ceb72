"""Rule train_dier: one run of the DiER study."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck.datasets.images import load_dataset
from semantic_bottleneck.datasets.splits import held_out
from semantic_bottleneck.dier.run import DierRun
from semantic_bottleneck.dier.settings import run_settings
from semantic_bottleneck.dier.trainer import train_run

logger = logging.getLogger(__name__)


def train(
    card: Mapping[str, Any],
    files: Sequence[str],
    run: Mapping[str, Any],
    weights: str | Path,
    log: str | Path,
    work: str | Path,
    device: str,
) -> None:
    """Train one run on the images that its replicate does not hold out.

    Args:
        card: the data card; `files` what it is read from.
        run: `settings`, `seed`, `replicate` and `folds`.
    """
    data = load_dataset(card, files)
    chosen = ~held_out(data, run["replicate"], run["folds"])
    settings = run_settings(run["settings"])
    classes = len(data.class_names)
    state = DierRun(settings, data.images[chosen], data.labels[chosen], classes, run["seed"], device)
    train_run(state, weights, log, work, f"{card['name']} {run['variant']}")
    if state.diverged:
        logger.warning("the loss is not finite at step %d: the run ends there", state.step)
