"""Which edit of c a pruning variant makes at which step of a model's trajectory."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from torch import Tensor

from semantic_bottleneck.arrays import Int
from semantic_bottleneck.models.condition_rows import ConditionRows
from semantic_bottleneck.pruning.criteria import random_orders, resolve
from semantic_bottleneck.pruning.editing import pruning_edit
from semantic_bottleneck.pruning.spread import Spread, variance_over, variance_over_time
from semantic_bottleneck.randomness.noise import EDITS, standard_normal
from semantic_bottleneck.study.pruning import Pruning

if TYPE_CHECKING:  # what a run of the workflow needs beside torch
    from semantic_bottleneck.sampling.guidance import Edit
    from semantic_bottleneck.sampling.trajectory import EditAt


class Vectors(Protocol):
    """c of every condition of a model: see `sampling.model_run.ConditionVectors`."""

    @property
    def count(self) -> int: ...

    def at(self, timestep: float) -> Tensor: ...

    def of(self, timestep: float, conditions: Tensor) -> Tensor: ...


def edit_at(
    network: Any,
    vectors: Vectors,
    grid: Sequence[float],
    pruning: Pruning | None,
    steps: Sequence[int],
    groups: Int[np.ndarray, " samples"],
) -> EditAt:
    """step -> the function (labels, samples, timestep) -> edit of c, or None where the step is not among the pruned `steps`.

    Shares, means and variances are taken over all conditions of the model, whichever of them this shard samples; what is
    drawn depends on the sample, its group and the step alone.

    Args:
        grid: timesteps over which variances over time are taken, the initial one first.
        groups: of every sample of the study, by its number: those of one group share a random choice of dimensions.
    """
    if pruning is None:
        return lambda step: None
    known = _OverConditions(vectors, grid)
    resolved = resolve(pruning, lambda: vectors.at(grid[0]), known.spread(grid[0]))
    draws = _Draws(network, resolved, groups)
    pruned = frozenset(steps)

    def edit_of(step: int) -> Edit:
        def edit(labels, samples, timestep):
            return pruning_edit(
                resolved,
                _null_rows(network, labels),
                known.spread(timestep),
                lambda c: draws.orders(labels, samples, c),
                lambda c: known.others(timestep, _conditions(network, labels, samples), resolved.shift),
                lambda c: draws.noise(samples, step, c),
            )

        return edit

    return lambda step: edit_of(step) if step in pruned else None


class _OverConditions:
    """What is taken over all conditions of a model, each once for every timestep."""

    def __init__(self, vectors: Vectors, grid: Sequence[float]):
        self._vectors = vectors
        mean = cache(lambda timestep: vectors.at(timestep).mean(dim=0))
        variance = cache(lambda timestep: variance_over(vectors.at(timestep)))
        over_time = cache(lambda: variance_over_time([vectors.at(timestep) for timestep in grid]))
        self.spread = lambda timestep: Spread(lambda: mean(timestep), lambda: variance(timestep), over_time)

    def others(self, timestep: float, conditions: Tensor, shift: int) -> Tensor:
        """(N, D): the vectors of the conditions that many places further on, after the last the first."""
        return self._vectors.of(timestep, (conditions + shift) % self._vectors.count)


class _Draws:
    """What is drawn for the rows of a call."""

    def __init__(self, network: Any, pruning: Pruning, groups: np.ndarray):
        self._network, self._pruning, self._groups = network, pruning, groups
        self._orders: dict[tuple, Tensor] = {}
        self._normal = lru_cache(maxsize=2)(
            lambda samples, step, width: torch.from_numpy(standard_normal(pruning.seed, samples, step, (width,), EDITS))
        )

    def orders(self, labels: Any, samples: Sequence[int], c: Tensor) -> Tensor:
        """int64 (N, D); the same at every step, so those of the last call are kept."""
        key = (samples, c.shape)
        if key not in self._orders:
            conditions = _conditions(self._network, labels, samples).tolist()
            draws = _repeated(torch.from_numpy(self._groups[[*samples]]), len(c)).tolist()
            self._orders = {key: random_orders(self._pruning, draws, conditions, c.shape[1]).to(c.device)}
        return self._orders[key]

    def noise(self, samples: Sequence[int], step: int, c: Tensor) -> Tensor:
        """(N, D): the two rows of one sample, with and without its condition, share theirs."""
        return _repeated(self._normal(samples, step, c.shape[1]), len(c)).to(c)


def _null_rows(network: Any, labels: Any) -> Tensor | None:
    """Boolean (N,): the rows that hold the null condition; None where there can be none."""
    if isinstance(labels, ConditionRows):
        present = labels.get("present")
        return None if present is None else present == 0
    null = getattr(network, "null_label", None)
    return None if null is None else labels == null


def _conditions(network: Any, labels: Any, samples: Sequence[int]) -> Tensor:
    """Of each row the number of its class or prompt (where it has none: that of the sample), -1 for the null one; (N,)."""
    if isinstance(labels, ConditionRows):
        rows = next(iter(labels.values()))
        own = labels.get("condition")
        found = _repeated(torch.tensor([*samples], device=rows.device) if own is None else own, len(rows))
    else:
        found = labels
    null = _null_rows(network, labels)
    return found if null is None else found.masked_fill(null, -1)


def _repeated(of_samples: Tensor, rows: int) -> Tensor:
    """What belongs to the samples (n, ...) for the rows of a call: n, or 2 n where null rows follow."""
    return of_samples if len(of_samples) == rows else torch.cat([of_samples, of_samples])
