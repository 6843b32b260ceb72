"""Train one miniature model: loss, averaged weights, checkpoints along the way, and a run that can be killed."""

import copy
import hashlib
import json
import logging
import math
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from semantic_bottleneck import parquet
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.training.averaging import average_decay, update_average
from semantic_bottleneck.training.batches import BatchOrder, drop_labels
from semantic_bottleneck.training.classifier import DigitClassifier
from semantic_bottleneck.training.containers import save_checkpoint, save_tensors
from semantic_bottleneck.training.data import ImageData
from semantic_bottleneck.training.objectives import Batch, build_objective
from semantic_bottleneck.training.previews import draw_grid, sample_classes
from semantic_bottleneck.training.randomness import generator, stream_seed
from semantic_bottleneck.training.run_state import restore_state, save_state
from semantic_bottleneck.training.settings import TrainingSettings, training_settings

log = logging.getLogger(__name__)

CONDITIONING = ("t_embedder.", "y_embedder.")
PREVIEW_ROWS = 6


def checkpoint_name(step: int) -> str:
    """`step-000250.pt` for the weights after 250 updates."""
    return f"step-{step:06d}.pt"


def train_model(
    card: Mapping[str, Any],
    data: ImageData,
    classifier: DigitClassifier,
    seed: int,
    checkpoint_steps: Sequence[int],
    output_folder: str | Path,
    save_every: int = 250,
) -> None:
    """Train the model of `card` on `data` and leave its files in `output_folder`.

    Files: `step-NNNNNN.pt` for every number of updates in `checkpoint_steps` (0 = untrained), `final.pt`, `loss.parquet`
    (step int64 from 1, loss float64, learning_rate float64), `samples.png`. Until the end everything is kept in the
    subfolder `.training`, with the state of the run every `save_every` updates; a run that finds it continues there,
    and on a CPU its files equal an uninterrupted run's byte for byte. Runs in as many threads as torch is set to.

    Args:
        card: model card with `name`, `family`, `architecture`, `training`, `sampler` and `guidance`.
        classifier: gives the alignment targets where the objective asks for them.
        seed: decides initial weights, order of the images, noise, times and dropped labels.

    Raises:
        UserError: a setting is missing, unknown or contradicts the data; the loss is not finite.
    """
    settings = training_settings(card)
    _check(card, settings, data, checkpoint_steps)
    folder = Path(output_folder)
    work = folder / ".training"
    run = _Run(card, settings, data, classifier, seed, _identity(card, data, seed, checkpoint_steps))
    run.restore(work)
    wanted = {*checkpoint_steps, settings.steps}
    preview_steps = _spread(sorted(wanted - {0}), PREVIEW_ROWS)
    for step in tqdm(range(run.step, settings.steps + 1), desc=card["name"], initial=run.step, unit="step"):
        if step > run.step:
            run.update()
        if step in preview_steps:
            run.preview()
        if step in wanted:
            run.save_weights(work / checkpoint_name(step))
        if step % save_every == 0 and 0 < step < settings.steps:
            run.save(work)
    parquet.write(work / "loss.parquet", {name: np.array(values) for name, values in run.log.items()}, {"model": card["name"]})
    draw_grid({step: images.numpy() for step, images in run.previews.items()}, data.class_names, work / "samples.png")
    _publish(work, folder, checkpoint_steps, settings.steps)


class _Run:
    """The state of a training run after `step` updates."""

    def __init__(
        self,
        card: Mapping[str, Any],
        settings: TrainingSettings,
        data: ImageData,
        classifier: DigitClassifier,
        seed: int,
        identity: str,
    ):
        self.card, self.settings, self.data, self.seed, self.identity = card, settings, data, seed, identity
        self.network = build_network(card["family"], card["architecture"], generator=generator(seed, "weights"))
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.objective = build_objective(settings.objective)
        self.optimizer = torch.optim.AdamW(_groups(self.network), fused=True, weight_decay=settings.weight_decay)
        self.order = BatchOrder(len(data), settings.batch_size, seed)
        self.images, self.labels = torch.from_numpy(data.images), torch.from_numpy(data.labels)
        with torch.no_grad():
            aligned = settings.objective["name"] == "aligned-velocity"
            self.targets = classifier.patch_features(self.images, self.network.grid) if aligned else None
        self.step = 0
        self.log: dict[str, list] = {"step": [], "loss": [], "learning_rate": []}
        self.previews: dict[int, torch.Tensor] = {}

    def update(self) -> None:
        """One step of AdamW and of the running average."""
        settings, step = self.settings, self.step
        rate = settings.rate(step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * (settings.conditioning_learning_rate if group["conditioning"] else 1.0)
        loss = self.objective(self.network, self.average, self._batch(step), generator(self.seed, "noise", step))
        value = loss.item()
        if not math.isfinite(value):
            raise UserError(
                f"The training loss of {self.card['name']} is not finite at step {step + 1}; lower training.learning_rate in its card."
            )
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        update_average(self.average, self.network, average_decay(step, settings.ema_decay))
        self.step += 1
        for name, entry in (("step", self.step), ("loss", value), ("learning_rate", rate)):
            self.log[name].append(entry)

    def _batch(self, step: int) -> Batch:
        rows = self.order(step)
        dropped = generator(self.seed, "labels", step)
        labels = drop_labels(self.labels[rows], self.network.null_label, self.settings.label_dropout, dropped)
        return Batch(self.images[rows], labels, None if self.targets is None else self.targets[rows])

    def preview(self) -> None:
        """Remember one sample per class of the averaged weights."""
        labels = torch.arange(len(self.data.class_names))
        noise_seed = stream_seed(self.seed, "preview")
        images = sample_classes(self.average, self.card, self.data.images.shape[1:], labels, noise_seed)
        self.previews[self.step] = torch.from_numpy(images)

    def save_weights(self, path: Path) -> None:
        """Write the checkpoint of this step in the card's container."""
        key = self.settings.container["key"]
        arguments = {"model": self.card["name"], "seed": self.seed, **self.settings.objective}
        save_checkpoint(path, key, self.average.state_dict(), self.network.state_dict(), self.step, arguments)

    def save(self, work: Path) -> None:
        """Write the state from which the run can continue."""
        state = {"log": self.log, "previews": self.previews}
        save_state(work / "train_state.pt", self.identity, self.step, self._modules(), self.optimizer, state)

    def restore(self, work: Path) -> None:
        """Continue from the state in `work`, if there is one of this very run."""
        self.step, state = restore_state(work / "train_state.pt", self.identity, self._modules(), self.optimizer)
        if state:
            self.log, self.previews = state["log"], state["previews"]

    def _modules(self) -> dict[str, nn.Module]:
        return {"network": self.network, "average": self.average}
