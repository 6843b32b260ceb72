"""Condition inputs that are several tensors for each sample, such as pose and source image."""

from __future__ import annotations

import torch
from torch import Tensor

NULL_ROW = "null."
"""Stands before the name of a tensor that holds its unconditional rows."""


class ConditionRows(dict):
    """Name -> tensor whose axis 0 is the sample; `rows[a:b]` takes samples, `rows["name"]` a tensor.

    The tensor `present` (N,), 1 where it is absent, multiplies the condition embedding: 0 is the unconditional pass of
    X-MDPT and MDSGen, whose c is then t alone. Models of prompts bring other tensors for that pass, named `null.<name>`, and
    have in `condition` (N,) the number of each row's prompt.
    """

    def __getitem__(self, key: str | slice) -> Tensor | ConditionRows:
        if isinstance(key, slice):
            return ConditionRows({name: tensor[key] for name, tensor in self.items()})
        return super().__getitem__(key)

    def with_null(self) -> ConditionRows:
        """The rows followed by as many unconditional ones."""
        rows = {
            name: torch.cat([tensor, self.get(NULL_ROW + name, tensor)])
            for name, tensor in self.items()
            if name != "present" and not name.startswith(NULL_ROW)
        }
        first = next(iter(self.values()))
        present = self.get("present", torch.ones(len(first), device=first.device))
        return ConditionRows(rows, present=torch.cat([present, torch.zeros_like(present)]))
