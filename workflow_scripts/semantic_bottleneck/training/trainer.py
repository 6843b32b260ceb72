"""Train one miniature model: loss, averaged weights, checkpoints along the way, and a run that can be killed."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from semantic_bottleneck.data.image_data import ImageData
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import parquet
from semantic_bottleneck.files.atomic import atomic_path
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.typed import required
from semantic_bottleneck.training.classifier import DigitClassifier
from semantic_bottleneck.training.loop import run_to_end
from semantic_bottleneck.training.run import TrainingRun


def checkpoint_name(step: int) -> str:
    """`step-000250.pt` for the weights after 250 updates."""
    return f"step-{step:06d}.pt"


def train_model(
    card: Card,
    data: ImageData,
    classifier: DigitClassifier | None,
    seed: int,
    checkpoint_steps: Sequence[int],
    output_folder: str | Path,
    save_every: int | None = None,
) -> None:
    """Train the model of `card` on `data` and leave its files in `output_folder`.

    Files: `step-NNNNNN.pt` for every number of updates in `checkpoint_steps` (0 = untrained), `final.pt`, `loss.parquet`
    (see `write_log`). Until the end everything is kept in the subfolder `.training`, with the state of the run
    every `save_every` updates (the card's by default); a call that finds it continues there, see `loop.run_to_end`. Runs in
    as many threads as torch is set to.

    Args:
        card: with `training`.
        classifier: gives the targets of the `aligned-velocity` objective; the other objectives do not need one.
        seed: decides initial weights, order of the images, noise, times and dropped labels.

    Raises:
        UserError: a setting contradicts the data; the loss is not finite.
    """
    check_data(card, data.images.shape[1:], len(data.class_names), checkpoint_steps)
    folder = Path(output_folder)
    work = folder / ".training"
    steps = required(card.training).steps
    run = run_to_end(
        lambda: TrainingRun(card, data, classifier, seed),
        work,
        {*checkpoint_steps, steps},
        TrainingRun.save_weights,
        checkpoint_name,
        save_every,
    )
    write_log(run, work / "loss.parquet")
    _publish(work, folder, checkpoint_steps, steps)


def write_log(run: TrainingRun, path: Path) -> None:
    """The run's log as Parquet: step int64, loss, gradient_norm and learning_rate float64."""
    parquet.write(path, {name: np.array(values) for name, values in run.log.items()}, {"model": run.card.name})


def check_data(card: Card, shape: Sequence[int], classes: int, checkpoint_steps: Sequence[int]) -> None:
    """Does the card fit images of `shape` (C, H, W) in `classes` classes, and do the checkpoints lie within its steps?

    Raises:
        UserError: one sentence naming the key that does not fit.
    """
    if tuple(shape) != card.latent_shape:
        raise UserError(
            f"The card of {card.name} makes images of shape {card.latent_shape}, but the data has {tuple(shape)}; change it."
        )
    if card.architecture["num_classes"] != classes:
        raise UserError(f"architecture.num_classes of {card.name} must be {classes}, as the data; change it.")
    steps = required(card.training).steps
    for step in checkpoint_steps:
        if not 0 <= step <= steps:
            raise UserError(f"A checkpoint at step {step} lies outside the {steps} steps of {card.name}; leave it out.")


def _publish(work: Path, folder: Path, checkpoint_steps: Sequence[int], last: int) -> None:
    """Put the finished files in their places and drop the work folder.

    They appear only now, and as links, so that whoever removes an incomplete run's outputs leaves its work untouched.
    """
    sources = {checkpoint_name(step): checkpoint_name(step) for step in checkpoint_steps}
    sources |= {"final.pt": checkpoint_name(last), "loss.parquet": "loss.parquet"}
    for target, source in sources.items():
        with atomic_path(folder / target) as temporary:
            try:
                os.link(work / source, temporary)
            except OSError:  # a file system without hard links
                shutil.copyfile(work / source, temporary)
    shutil.rmtree(work)
