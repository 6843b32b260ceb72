"""Rule train_dier: one run of the DiER study."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    device = begin(snakemake)

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck.data.images import load_dataset
from semantic_bottleneck.data.splits import held_out
from semantic_bottleneck.dier.run import DierRun
from semantic_bottleneck.dier.trainer import train_run
from semantic_bottleneck.study.data_card import DataCard
from semantic_bottleneck.study.dier_settings import run_settings
from semantic_bottleneck.study.typed import typed

logger = logging.getLogger(__name__)


def train_dier(
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
    images = typed(DataCard, card)
    data = load_dataset(images, files)
    chosen = ~held_out(data, run["replicate"], run["folds"])
    settings = run_settings(run["settings"])
    classes = len(data.class_names)
    state = DierRun(settings, data.images[chosen], data.labels[chosen], classes, run["seed"], device)
    train_run(state, weights, log, work, f"{images.name} {run['variant']}")
    if state.diverged:
        logger.warning("the loss is not finite at step %d: the run ends there", state.step)


if __name__ == "__main__":
    train_dier(
        card=snakemake.params.card,
        files=list(snakemake.input.data),
        run=snakemake.params.run,
        weights=snakemake.output.weights,
        log=snakemake.output.log,
        work=snakemake.params.work,
        device=device,
    )
