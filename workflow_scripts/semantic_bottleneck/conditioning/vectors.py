"""(model card, timesteps) -> the conditional vectors c, y and t that a model's AdaLN layers would receive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from semantic_bottleneck.models.condition_rows import ConditionRows
from semantic_bottleneck.study.conditioning import Conditioning

if TYPE_CHECKING:
    from semantic_bottleneck.conditioning.prepared import PreparedInputs


def timestep_grid(conditioning: Conditioning, points: int) -> list[float]:
    """The initial timestep, then an even grid to the last one a sampler uses: `points` values in all (1: only the initial).

    Args:
        conditioning: of a card; timesteps.start and .stop bound the grid, `integer` rounds it.
    """
    initial = float(conditioning.initial_timestep)
    if points == 1:
        return [initial]
    span = conditioning.timesteps
    grid = np.linspace(span.start, span.stop, points)
    if span.integer:
        grid = np.unique(np.round(grid))[:: 1 if span.start < span.stop else -1]
    return [initial, *[float(t) for t in grid if not np.isclose(t, initial)]]


@torch.inference_mode()
def conditional_vectors(
    conditioner, timesteps: list[float], inputs: Tensor | ConditionRows | PreparedInputs, batch: int = 250
) -> dict[str, np.ndarray]:
    """Run a conditioner over a grid of timesteps.

    Args:
        conditioner: a module with `condition(t, y) -> Condition`, on the device of `inputs`.
        inputs: labels (n,) int64 (never the null row), or the family's condition rows; each batch is sliced out once. One label
            of any value where nothing of the condition enters c.

    Returns:
        {"c": (T, n, Dc), "y": (n, D), "t": (T, D)} float32; without y where the conditioner has none.
    """
    device = next(conditioner.parameters()).device
    count = len(next(iter(inputs.values()))) if isinstance(inputs, ConditionRows) else len(inputs)
    c: list[list[Tensor]] = [[] for _ in timesteps]
    t: list[Tensor] = []
    y: list[Tensor] = []
    for start in range(0, count, batch):
        part, size = inputs[start : start + batch], min(batch, count - start)
        rows = [conditioner.condition(torch.full((size,), timestep, device=device), part) for timestep in timesteps]
        for vectors, row in zip(c, rows, strict=True):
            vectors.append(row.c)
        t = t or [row.t[0] for row in rows]
        last = rows[-1].y
        y += [] if last is None else [last]
    found = {"c": torch.stack([torch.cat(vectors) for vectors in c]), "t": torch.stack(t)}
    found |= {"y": torch.cat(y)} if y else {}
    return {name: values.float().cpu().numpy() for name, values in found.items()}
