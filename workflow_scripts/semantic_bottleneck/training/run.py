"""The state of one training run and the step that moves it on."""

import copy
import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.training.averaging import average_decay, update_average
from semantic_bottleneck.training.batches import BatchOrder, drop_labels
from semantic_bottleneck.training.classifier import DigitClassifier
from semantic_bottleneck.training.containers import save_checkpoint
from semantic_bottleneck.training.data import ImageData
from semantic_bottleneck.training.objectives import Batch, build_objective
from semantic_bottleneck.training.randomness import generator
from semantic_bottleneck.training.run_state import restore_state, save_state
from semantic_bottleneck.training.settings import training_settings

CONDITIONING = ("t_embedder.", "y_embedder.")


class TrainingRun:
    """Network, running average, optimizer and log after `step` updates.

    Initial weights, the order of the images, noise, times and dropped labels are functions of (seed, step) only.
    """

    def __init__(self, card: Mapping[str, Any], data: ImageData, classifier: DigitClassifier | None, seed: int):
        self.card, self.data, self.seed = card, data, seed
        self.settings = training_settings(card)
        self.network = build_network(card["family"], card["architecture"], generator=generator(seed, "weights"))
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        # Collected once: walking through the modules at every step would cost as much as the average itself.
        self._weights, self._averaged = list(self.network.parameters()), list(self.average.parameters())
        self.objective = build_objective(self.settings.objective)
        self.optimizer = _optimizer(self.network, self.settings.weight_decay)
        self.order = BatchOrder(len(data), self.settings.batch_size, seed)
        self.images, self.labels = torch.from_numpy(data.images), torch.from_numpy(data.labels)
        self.targets = self._alignment_targets(classifier)
        self.step = 0
        self.log: dict[str, list] = {"step": [], "loss": [], "learning_rate": []}

    def update(self) -> None:
        """One update of the weights and of their running average.

        Raises:
            UserError: the loss is not finite.
        """
        step, settings = self.step, self.settings
        rate = settings.rate(step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * (settings.conditioning_learning_rate if group["conditioning"] else 1.0)
        loss = self.objective(self.network, self.average, self._batch(step), generator(self.seed, "noise", step))
        value = loss.item()
        if not math.isfinite(value):
            name = self.card["name"]
            raise UserError(f"The loss of {name} is not finite at step {step + 1}; lower training.learning_rate in its card.")
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        update_average(self._averaged, self._weights, average_decay(step, settings.ema_decay))
        self.step += 1
        for name, entry in (("step", self.step), ("loss", value), ("learning_rate", rate)):
            self.log[name].append(entry)

    def save_weights(self, path: Path) -> None:
        """Write the checkpoint of this step in the card's container."""
        arguments = {"model": self.card["name"], "seed": self.seed, **self.settings.objective}
        key = self.settings.container["key"]
        save_checkpoint(path, key, self.average.state_dict(), self.network.state_dict(), self.step, arguments)

    def save(self, path: Path) -> None:
        """Write the state from which the run can continue."""
        save_state(path, self._identity(), self.step, self._modules(), self.optimizer, self.log)

    def restore(self, path: Path) -> None:
        """Continue from the state in `path`, if there is one of this very run."""
        restored = restore_state(path, self._identity(), self._modules(), self.optimizer)
        if restored is not None:
            self.step, self.log = restored

    def _batch(self, step: int) -> Batch:
        rows = self.order(step)
        dropped = generator(self.seed, "labels", step)
        labels = drop_labels(self.labels[rows], self.network.null_label, self.settings.label_dropout, dropped)
        return Batch(self.images[rows], labels, None if self.targets is None else self.targets[rows])

    @torch.no_grad()
    def _alignment_targets(self, classifier: DigitClassifier | None) -> Tensor | None:
        if not self.settings.objective["name"].startswith("aligned"):
            return None
        if classifier is None:
            raise UserError(
                f"The objective of {self.card['name']} aligns with a classifier's features; train with a classifier."
            )
        return classifier.patch_features(self.images, self.network.grid)

    def _modules(self) -> dict[str, nn.Module]:
        return {"network": self.network, "average": self.average}

    def _identity(self) -> str:
        """A digest of all that decides the run, so that no run continues another one's state."""
        decisive = [self.card[key] for key in ("name", "family", "architecture", "training")]
        digest = hashlib.sha256(json.dumps([*decisive, self.seed, torch.__version__], sort_keys=True).encode())
        for tensor in (self.images, self.labels, self.targets):
            if tensor is not None:
                digest.update(tensor.contiguous().numpy().tobytes())
        return digest.hexdigest()


def _optimizer(network: nn.Module, weight_decay: float) -> torch.optim.AdamW:
    """AdamW over the trainable weights, with the embedders that make c in a group of their own."""
    named = [(name, weight) for name, weight in network.named_parameters() if weight.requires_grad]
    groups = [
        {
            "params": [weight for name, weight in named if name.startswith(CONDITIONING) == conditioning],
            "conditioning": conditioning,
        }
        for conditioning in (False, True)
    ]
    return torch.optim.AdamW(groups, lr=0.0, weight_decay=weight_decay, fused=True)
