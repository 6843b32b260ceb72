"""Train one miniature model: loss, averaged weights, checkpoints along the way, and a run that can be killed."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from semantic_bottleneck import parquet
from semantic_bottleneck.atomic import atomic_path
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.training.classifier import DigitClassifier
from semantic_bottleneck.training.data import ImageData
from semantic_bottleneck.training.run import TrainingRun
from semantic_bottleneck.training.settings import training_settings


def checkpoint_name(step: int) -> str:
    """`step-000250.pt` for the weights after 250 updates."""
    return f"step-{step:06d}.pt"


def train_model(
    card: Mapping[str, Any],
    data: ImageData,
    classifier: DigitClassifier | None,
    seed: int,
    checkpoint_steps: Sequence[int],
    output_folder: str | Path,
    save_every: int = 250,
) -> None:
    """Train the model of `card` on `data` and leave its files in `output_folder`.

    Files: `step-NNNNNN.pt` for every number of updates in `checkpoint_steps` (0 = untrained), `final.pt`, `loss.parquet`
    (step int64 from 1, loss float64, learning_rate float64). Until the end everything is kept in the
    subfolder `.training`, with the state of the run every `save_every` updates; a call that finds it continues there,
    and on a CPU its files equal an uninterrupted run's byte for byte. Runs in as many threads as torch is set to.

    Args:
        card: model card with `name`, `family`, `architecture` and `training`.
        classifier: gives the targets of the `aligned-velocity` objective; the other objectives do not need one.
        seed: decides initial weights, order of the images, noise, times and dropped labels.

    Raises:
        UserError: a setting is missing, unknown or contradicts the data; the loss is not finite.
    """
    _check(card, data, checkpoint_steps)
    folder = Path(output_folder)
    work = folder / ".training"
    state = work / "train_state.pt"
    run = TrainingRun(card, data, classifier, seed)
    steps = run.settings.steps
    wanted = {*checkpoint_steps, steps}
    run.restore(state)
    if not all((work / checkpoint_name(step)).exists() for step in wanted if step < run.step):
        run = TrainingRun(card, data, classifier, seed)  # other checkpoints are wanted now than when the run was cut off
    with tqdm(total=steps, initial=run.step, desc=card["name"], unit="step", mininterval=1.0) as progress:
        while True:
            if run.step in wanted:
                run.save_weights(work / checkpoint_name(run.step))
            if run.step % save_every == 0 and 0 < run.step < steps:
                run.save(state)
            if run.step == steps:
                break
            run.update()
            progress.update()
    parquet.write(work / "loss.parquet", {name: np.array(values) for name, values in run.log.items()}, {"model": card["name"]})
    _publish(work, folder, checkpoint_steps, steps)


def _check(card: Mapping[str, Any], data: ImageData, checkpoint_steps: Sequence[int]) -> None:
    settings, architecture = training_settings(card), card["architecture"]
    shape = (architecture["in_channels"], architecture["input_size"], architecture["input_size"])
    if data.images.shape[1:] != shape:
        raise UserError(
            f"The card of {card['name']} makes images of shape {shape}, but the data has {data.images.shape[1:]}; change it."
        )
    if architecture.get("num_classes") != len(data.class_names):
        raise UserError(f"architecture.num_classes of {card['name']} must be {len(data.class_names)}, as the data; change it.")
    for step in checkpoint_steps:
        if not 0 <= step <= settings.steps:
            raise UserError(
                f"A checkpoint at step {step} lies outside the {settings.steps} steps of {card['name']}; leave it out."
            )


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
