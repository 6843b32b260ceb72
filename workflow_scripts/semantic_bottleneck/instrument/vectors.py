"""c of every condition that a user gave, at any timestep."""

from typing import Any

import torch
from torch import Tensor

from semantic_bottleneck.arrays import Float, Int64
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.condition_rows import ConditionRows


class GivenVectors:
    """As the workflow's ConditionVectors, from conditions in memory; computed when asked for."""

    def __init__(self, conditioner: Any, inputs: Tensor | ConditionRows | None, enters: str) -> None:
        """`inputs` None: none were given, and whoever asks is told; `enters`: what is missing."""
        self._conditioner, self._inputs, self._enters = conditioner, inputs, enters

    @property
    def count(self) -> int:
        """Conditions."""
        rows = self._given
        return len(rows) if isinstance(rows, Tensor) else len(next(iter(rows.values())))

    @property
    def _given(self) -> Tensor | ConditionRows:
        if self._inputs is None:
            raise UserError(
                f"This pruning needs the vectors of all conditions: give conditions, of which {self._enters} enters c."
            )
        return self._inputs

    @torch.inference_mode()
    def at(self, timestep: float) -> Float[Tensor, "conditions dimensions"]:
        """Float32 (conditions, D)."""
        rows = self._given
        return self._made(timestep, rows, self.count)

    @torch.inference_mode()
    def of(self, timestep: float, conditions: Int64[Tensor, " rows"]) -> Float[Tensor, "rows dimensions"]:
        """Those of some conditions, by number, int64 (n,); float32 (n, D)."""
        rows = self._given
        if isinstance(rows, Tensor):
            chosen: Tensor | ConditionRows = rows[conditions]
        else:
            chosen = ConditionRows({name: tensor[conditions] for name, tensor in rows.items()})
        return self._made(timestep, chosen, len(conditions))

    def _made(self, timestep: float, rows: Tensor | ConditionRows, count: int) -> Tensor:
        device = next(self._conditioner.parameters()).device
        return self._conditioner.condition(torch.full((count,), timestep, device=device), rows).c
