"""The state of one training run and the step that moves it on."""

import copy
import hashlib
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from semantic_bottleneck.data.image_data import ImageData
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.containers import save_checkpoint
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.randomness.streams import generator
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.typed import required
from semantic_bottleneck.training.averaging import average_decay, update_average
from semantic_bottleneck.training.batches import BatchOrder, drop_labels
from semantic_bottleneck.training.classifier import DigitClassifier
from semantic_bottleneck.training.objectives import Batch, build_objective
from semantic_bottleneck.training.optimisers import build_optimiser, freeze
from semantic_bottleneck.training.run_state import Resumable
from semantic_bottleneck.training.sources import ArraySource, ImageSource
from semantic_bottleneck.training.team import Alone, Team

UNDECISIVE = ("save_every",)
"""Keys of `training` that change no number."""


class TrainingRun(Resumable):
    """Network, running average, optimizer and log after `step` updates.

    Initial weights, the order of the images, noise, times and dropped labels are functions of (seed, step, micro-batch)
    only, and all processes of a team hold the same weights.
    """

    def __init__(
        self,
        card: Card,
        data: ImageData | ImageSource,
        classifier: DigitClassifier | None,
        seed: int,
        team: Team | None = None,
    ):
        self.card, self.seed, self.team = card, seed, team or Alone()
        self.settings = required(card.training)
        network = build_network(card.family, card.architecture, generator=generator(seed, "weights"))
        freeze(network, self.settings.frozen)
        self.source = self._source(data, classifier, network)
        self.network: Any = network.to(self.team.device)
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        # Collected once: walking through the modules at every step would cost as much as the average itself.
        self._weights: list[Tensor] = list(self.network.parameters())
        self._averaged: list[Tensor] = list(self.average.parameters())
        self._trained = [weight for weight in self._weights if weight.requires_grad]
        self.objective = build_objective(self.settings.objective)
        self.optimizer = build_optimiser(self.network, self.settings)
        self.order = BatchOrder(len(self.source), self.settings.batch_size, seed)
        self.step = 0
        self.log: dict[str, list] = {"step": [], "loss": [], "gradient_norm": [], "learning_rate": []}
        if self.settings.parts % self.team.size:
            raise UserError(
                f"An update of {card.name} has {self.settings.parts} micro-batches, which {self.team.size} processes cannot "
                "share evenly; change training.micro_batch or the number of GPUs."
            )

    def update(self) -> None:
        """One update of the weights and of their running average.

        Raises:
            UserError: the loss is not finite.
        """
        step, settings = self.step, self.settings
        rate = settings.rate(step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * (settings.conditioning_learning_rate if group["conditioning"] else 1.0)
        self.optimizer.zero_grad()
        value = self._gradients(step).item()
        if not math.isfinite(value):
            name = self.card.name
            raise UserError(f"The loss of {name} is not finite at step {step + 1}; lower training.learning_rate in its card.")
        norm = self._gradient_norm()
        self.optimizer.step()
        update_average(self._averaged, self._weights, average_decay(step, settings.ema_decay))
        self.step += 1
        if self.step % settings.log_every == 0 or self.step == settings.steps:
            for name, entry in (("step", self.step), ("loss", value), ("gradient_norm", norm), ("learning_rate", rate)):
                self.log[name].append(entry)

    def save_weights(self, path: Path) -> None:
        """Write the checkpoint of this step in the card's container."""
        objective = {key: value for key, value in asdict(self.settings.objective).items() if value is not None}
        arguments, key = {"model": self.card.name, "seed": self.seed, **objective}, self.settings.container.key
        save_checkpoint(path, key, _on_cpu(self.average), _on_cpu(self.network), self.step, arguments)

    def _gradients(self, step: int) -> torch.Tensor:
        """Leave the gradient of the mean loss of the step's batch in the weights; returns that loss, a scalar."""
        parts, team = self.settings.parts, self.team
        total = torch.zeros((), device=team.device)
        for part in range(team.rank, parts, team.size):
            # One micro-batch per update is the plain case, and its streams keep the plain names.
            stream = (step, part) if parts > 1 else (step,)
            batch, noise = self._batch(step, part, stream), generator(self.seed, "noise", *stream)
            with torch.autocast(team.device.type, torch.bfloat16, enabled=self.settings.precision == "bf16"):
                loss = self.objective(self.network, self.average, batch, noise) / parts
            loss.backward()
            total += loss.detach()
        if team.size > 1:
            team.add_up([*(weight.grad for weight in self._trained if weight.grad is not None), total])
        return total

    def _gradient_norm(self) -> float:
        gradients = [weight.grad for weight in self._trained if weight.grad is not None]
        norm = nn.utils.get_total_norm(gradients)
        if self.settings.gradient_clip is not None:
            nn.utils.clip_grads_with_norm_(self._trained, self.settings.gradient_clip, norm)
        return norm.item()

    def _batch(self, step: int, part: int, stream: tuple[int, ...]) -> Batch:
        size = self.settings.batch_size // self.settings.parts
        numbers = self.order(step)[part * size : (part + 1) * size]
        images, labels, targets = self.source.rows(numbers, generator(self.seed, "rows", *stream))
        dropped = generator(self.seed, "labels", *stream)
        labels = drop_labels(labels, self.network.null_label, self.settings.label_dropout, dropped)
        device = self.team.device
        return Batch(images.to(device), labels.to(device), None if targets is None else targets.to(device))

    @torch.no_grad()
    def _source(self, data: ImageData | ImageSource, classifier: DigitClassifier | None, network: Any) -> ImageSource:
        aligned = self.settings.aligned
        if not isinstance(data, ImageData):
            if aligned and not data.aligned:
                raise UserError(
                    f"The objective of {self.card.name} aligns with features that its latents lack; encode the images again "
                    "with `alignment`."
                )
            return data
        if not aligned:
            return ArraySource(data)
        if classifier is None:
            raise UserError(f"The objective of {self.card.name} aligns with a classifier's features; train with a classifier.")
        return ArraySource(data, classifier.patch_features(torch.from_numpy(data.images), network.grid))

    def identity(self) -> str:
        training = {key: value for key, value in asdict(self.settings).items() if key not in UNDECISIVE}
        decisive = [self.card.name, self.card.family, dict(self.card.architecture), training, list(self.log)]
        digest = hashlib.sha256(json.dumps([*decisive, self.seed, torch.__version__], sort_keys=True).encode())
        digest.update(self.source.digest())
        return digest.hexdigest()


def _on_cpu(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.cpu() for name, tensor in module.state_dict().items()}
