"""The state of one run and the step that moves it on: the same for DiER, its baselines and its ceiling."""

import copy
import dataclasses
import hashlib
import json
import math

import numpy as np
import torch
from torch import Tensor

from semantic_bottleneck.dier.network import Network, build_network
from semantic_bottleneck.randomness.streams import generator, seeded_construction
from semantic_bottleneck.study.dier_settings import RunSettings
from semantic_bottleneck.training.averaging import average_decay, update_average
from semantic_bottleneck.training.batches import BatchOrder
from semantic_bottleneck.training.run_state import Resumable

LOG = ("step", "loss", "learning_rate", "gradient_norm", "encoder_gradient_norm")


def untrained(settings: RunSettings, shape: tuple[int, int, int], classes: int, seed: int) -> Network:
    """The network of a run before its first step: starting values are a function of the seed."""
    with seeded_construction(seed, "dier weights"):
        return build_network(settings, shape, classes, generator(seed, "weights"))


class DierRun(Resumable):
    """Network, running average, optimizer and log after `step` updates.

    Starting values, order of the images, noise and timesteps are functions of (seed, step) only, so a run that continues
    from a saved state makes the same updates as one that was never stopped.

    Args:
        images: float32 (N, C, S, S) training images. labels: int64 (N,).
        device: cpu or cuda; batches are drawn on the CPU.
    """

    def __init__(
        self, settings: RunSettings, images: np.ndarray, labels: np.ndarray, classes: int, seed: int, device: str = "cpu"
    ) -> None:
        self.settings, self.seed, self.device = settings, seed, device
        self.network: Network = untrained(settings, tuple(images.shape[1:]), classes, seed).to(device)
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self._weights: list[Tensor] = list(self.network.parameters())
        self._averaged: list[Tensor] = list(self.average.parameters())
        encoder = getattr(self.network, "encoder", None)
        self._encoder = {id(weight) for weight in encoder.parameters()} if encoder is not None else set()
        self.optimizer = torch.optim.AdamW(
            [weight for weight in self._weights if weight.requires_grad], lr=0.0, weight_decay=settings.weight_decay, fused=True
        )
        self.order = BatchOrder(len(images), settings.batch_size, seed)
        self.images, self.labels = torch.from_numpy(images), torch.from_numpy(labels)
        self.step, self.log = 0, {name: [] for name in LOG}

    @property
    def diverged(self) -> bool:
        """Whether the last loss was not finite; its update was not made and there is nothing to continue."""
        return bool(self.log["loss"]) and not math.isfinite(self.log["loss"][-1])

    def update(self) -> None:
        """One update of the weights and of their average, or, at a loss that is not finite, only an entry in the log."""
        step, rate = self.step, self.settings.rate(self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        rows = self.order(step)
        images, labels = self.images[rows].to(self.device), self.labels[rows].to(self.device)
        loss = self.network.loss(images, labels, generator(self.seed, "noise", step))
        value = loss.item()
        norms = (math.nan, math.nan)
        if math.isfinite(value):
            self.optimizer.zero_grad()
            loss.backward()
            norms = self._gradient_norms()
            self.optimizer.step()
            update_average(self._averaged, self._weights, average_decay(step, self.settings.ema_decay))
        self.step += 1
        for name, entry in zip(LOG, (self.step, value, rate, *norms), strict=True):
            self.log[name].append(entry)

    def _gradient_norms(self) -> tuple[float, float]:
        """Euclidean norm of the gradient: of all weights, of the encoder's."""
        kept = [weight for weight in self._weights if weight.grad is not None]
        gradients = [weight.grad for weight in kept if weight.grad is not None]
        squares = torch.stack(torch._foreach_norm(gradients)).square()
        own = torch.tensor([id(weight) in self._encoder for weight in kept], device=squares.device)
        return float(squares.sum().sqrt()), float(squares[own].sum().sqrt())

    def identity(self) -> str:
        decisive = [dataclasses.asdict(self.settings), self.seed, torch.__version__, self.device]
        digest = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode())
        for tensor in (self.images, self.labels):
            digest.update(_bytes(tensor))
        return digest.hexdigest()


def _bytes(tensor: Tensor) -> memoryview:
    return np.ascontiguousarray(tensor.numpy()).reshape(-1).view(np.uint8).data
