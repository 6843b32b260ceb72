"""What the trunk and the branches of one model share: its network, sampler, labels and random numbers."""

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from semantic_bottleneck.arrays import Float, Int64
from semantic_bottleneck.conditioning.prepared import PreparedInputs
from semantic_bottleneck.files import parquet
from semantic_bottleneck.models.condition import Condition
from semantic_bottleneck.models.condition_rows import ConditionRows
from semantic_bottleneck.models.weights import load_weights, origin_of
from semantic_bottleneck.sampling.class_protocol import labels_of
from semantic_bottleneck.sampling.precision import compile_blocks, make_deterministic, set_precision
from semantic_bottleneck.sampling.registry import build_sampler
from semantic_bottleneck.sampling.trajectory import Generation, Trajectories, to_device
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.conditioning import ClassConditioning, Conditioning
from semantic_bottleneck.study.sample_plan import SamplePlan
from semantic_bottleneck.study.typed import required

BATCH = 50
"""Conditions of a continuous model that are in memory at once."""


def prepare(
    card: Card,
    weights: str | Path,
    inputs: str | Path | None,
    plan: SamplePlan,
    parts: str | Path,
    device: str,
    variant: str,
    settings: Mapping[str, Any],
) -> Generation:
    """Load a model and describe how all its samples are generated.

    Args:
        card: the parts of the model card that matter for sampling.
        inputs: prepared inputs of a continuous model (sample i has condition i, of prompts its label's); None for classes.
        settings: whatever else decides a variant's result; goes into the fingerprint of unfinished work.
    """
    make_deterministic(device)
    network = set_precision(load_weights(card, weights, device), plan.precision, device)
    if plan.compile:
        compile_blocks(network)
    prepared, count = None if inputs is None else PreparedInputs(inputs), card.labels

    def rows(samples):
        if count is None:
            return required(prepared).rows(samples)
        labels = labels_of(samples, count, plan.labels, plan.seed)
        return torch.from_numpy(labels) if prepared is None else prepared.rows(labels.tolist())

    hashing = ThreadPoolExecutor(1)
    return Generation(
        network=network,
        sampler=build_sampler(required(card.sampler)),
        guidance=card.guidance,
        labels_of=rows,
        latent_shape=card.latent_shape,
        seed=plan.seed,
        micro_batch=plan.micro_batch,
        parts=Path(parts),
        fingerprint=fingerprint(card, weights, inputs, plan, settings),
        device=device,
        variant=variant,
        origin=hashing.submit(origin_of, card, weights),
    )


def guided_by(generation: Generation, scale: float) -> Generation:
    """The same model at another scale of its guidance."""
    return replace(generation, guidance=replace(required(generation.guidance), scale=scale))


def fingerprint(
    card: Card,
    weights: str | Path,
    inputs: str | Path | None,
    plan: SamplePlan,
    settings: Mapping[str, Any],
) -> str:
    """Differs whenever any latent would: hash of the settings and of which state of its files a job reads.

    A file's state is its size, its number in the file system and both its times, of which nobody can set the second: reading
    gigabytes in every job would only tell more where a file was touched and is the same.
    """
    files = [Path(path).stat() for path in (weights, inputs) if path is not None]
    states = [(file.st_size, file.st_ino, file.st_mtime_ns, file.st_ctime_ns) for file in files]
    decisive = json.dumps([asdict(card), asdict(plan), settings, states], sort_keys=True, default=str)
    return hashlib.sha256(decisive.encode()).hexdigest()[:16]


def labels_for_file(card: Card, plan: SamplePlan, samples: range) -> Int64[np.ndarray, " samples"]:
    """int64 (n,): the class or prompt of each sample; -1 where the condition is neither."""
    if card.labels is None:
        return np.full(len(samples), -1, dtype=np.int64)
    return labels_of(samples, card.labels, plan.labels, plan.seed)


def write_latents(
    path: str | Path, generation: Generation, result: Trajectories, card: Card, plan: SamplePlan, samples: range
) -> None:
    """The final latents of a shard, one row per sample; the metadata name the weights that made them."""
    labels = labels_for_file(card, plan, samples)
    columns = {"sample": result.samples, "label": labels, "latent": result.latents}
    metadata = {"model": card.name, "variant": generation.variant, "evaluations": str(result.evaluations)}
    parquet.write(path, columns, metadata | (generation.origin.result() if generation.origin else {}))


def class_vectors(network: Any, classes: int, timestep: float, device: str) -> Float[torch.Tensor, "classes dimensions"]:
    """c of every class (never the null row) at one timestep, (classes, D)."""
    labels = torch.arange(classes, device=device)
    with torch.inference_mode():
        return network.condition(torch.full((classes,), timestep, device=device), labels).c


class ConditionVectors:
    """c of every condition of a model, never the unconditional one, at any timestep; computed when it is asked for."""

    def __init__(self, network: Any, conditioning: Conditioning, inputs: str | Path | None, device: str):
        """`conditioning`: of the card; `inputs`: prepared inputs of a continuous model, None for classes."""
        self._network, self._conditioning, self._inputs, self._device = network, conditioning, inputs, device

    def at(self, timestep: float) -> Float[torch.Tensor, "conditions dimensions"]:
        """Float32 (conditions, D)."""
        if isinstance(self._conditioning, ClassConditioning):
            return class_vectors(self._network, self._conditioning.classes, timestep, self._device)
        # y does not depend on the time, and reading what it is made of takes longer than anything else here.
        return self._condition(timestep, self._first).t + self._embeddings

    def of(self, timestep: float, conditions: torch.Tensor) -> Float[torch.Tensor, "rows dimensions"]:
        """Those of some conditions, int64 (n,) on the device; float32 (n, D)."""
        if isinstance(self._conditioning, ClassConditioning):
            times = torch.full((len(conditions),), timestep, device=self._device)
            with torch.inference_mode():
                return self._network.condition(times, conditions).c
        return self._condition(timestep, self._first).t + self._embeddings[conditions]

    @property
    def count(self) -> int:
        """Conditions of the model."""
        if isinstance(self._conditioning, ClassConditioning):
            return self._conditioning.classes
        return len(self._embeddings)

    @cached_property
    def _first(self) -> ConditionRows:
        assert self._inputs is not None
        return to_device(PreparedInputs(self._inputs)[:1], self._device)

    @cached_property
    def _embeddings(self) -> torch.Tensor:
        assert self._inputs is not None
        start = self._conditioning.initial_timestep
        first = self._condition(start, self._first)
        if first.y is None:  # nothing of the condition enters c, which is one vector for all
            return torch.zeros_like(first.t)
        parts = (to_device(part, self._device) for part in PreparedInputs(self._inputs).batches(BATCH))
        return torch.cat([required(self._condition(start, part).y) for part in parts])

    def _condition(self, timestep: float, rows: ConditionRows) -> Condition:
        times = torch.full((len(next(iter(rows.values()))),), timestep, device=self._device)
        with torch.inference_mode():
            return self._network.condition(times, rows)
