"""Train a model and keep the conditional vectors of its running average along the way, instead of its weights."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from semantic_bottleneck.conditioning.vectors import conditional_vectors, timestep_grid
from semantic_bottleneck.data.image_data import ImageData
from semantic_bottleneck.files import conditions_file
from semantic_bottleneck.models.loading import load_conditioner
from semantic_bottleneck.models.registry import conditioner_tensor_names
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.typed import required
from semantic_bottleneck.training.classifier import DigitClassifier
from semantic_bottleneck.training.loop import run_to_end
from semantic_bottleneck.training.run import TrainingRun
from semantic_bottleneck.training.sources import ImageSource
from semantic_bottleneck.training.team import Team
from semantic_bottleneck.training.trainer import write_log

METRICS = "metrics.parquet"


def conditions_name(step: int) -> str:
    """`step-000250.parquet` for the conditional vectors after 250 updates."""
    return f"step-{step:06d}.parquet"


def train_observed(
    card: Card,
    data: ImageData | ImageSource,
    classifier: DigitClassifier | None,
    seed: int,
    checkpoints: Sequence[int],
    timesteps: int,
    work: Path,
    team: Team | None = None,
) -> None:
    """Train to the end and leave in `work` one conditions file per number of updates in `checkpoints`, and the log.

    A conditions file holds c, y and t of every class at `timesteps` points of the card's grid (see `conditions_file`).
    Continues what an earlier call left in `work`, see `loop.run_to_end`.

    Raises:
        UserError: a setting is wrong or contradicts the data; the loss is not finite.
    """
    grid = timestep_grid(required(card.conditioning), timesteps)
    classes = np.arange(required(card.classes))

    def leave(run: TrainingRun, path: Path) -> None:
        names = conditioner_tensor_names(card.family, card.architecture)
        state = run.average.state_dict()
        tensors = {name: state[name].cpu() for name in names}
        conditioner = load_conditioner(card.family, card.architecture, tensors, file=path.name, card=card.name)
        vectors = conditional_vectors(conditioner, grid, torch.from_numpy(classes))
        metadata = {"model": card.name, "checkpoint": path.stem, "training_step": str(run.step), "seed": str(seed)}
        conditions_file.write(path, vectors["c"], vectors["y"], vectors["t"], np.asarray(grid), classes, metadata)

    run = run_to_end(lambda: TrainingRun(card, data, classifier, seed, team), work, set(checkpoints), leave, conditions_name)
    if run.team.rank == 0:
        write_log(run, work / METRICS)
    run.team.wait()
