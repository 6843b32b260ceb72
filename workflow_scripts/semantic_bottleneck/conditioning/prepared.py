"""The inputs of a continuous model as rule prepare_inputs wrote them, read a few conditions at a time.

The tokens of one pose and source picture take 2.4 MB, those of DeepFashion's test pairs 20 GB.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from semantic_bottleneck.files.row_groups import RowGroups
from semantic_bottleneck.models.condition_rows import NULL_ROW, ConditionRows

CONDITION = "condition"
NULL = -1
"""The id of the unconditional row, which models of prompts have as their last."""


class PreparedInputs:
    """Condition i is row i; slices and `rows` give `ConditionRows` on the CPU, with unconditional rows where there are any."""

    def __init__(self, path: str | Path):
        self._file = RowGroups(path)
        last = self._file.read([len(self._file) - 1])
        null = last.pop(CONDITION) == NULL
        self._null = {NULL_ROW + name: torch.from_numpy(values) for name, values in last.items()} if null else {}

    def __len__(self) -> int:
        return len(self._file) - bool(self._null)

    def rows(self, conditions: Sequence[int]) -> ConditionRows:
        """The inputs of these conditions, in their order; raises UserError for one that does not exist."""
        columns = self._file.read(conditions)
        rows = {name: torch.from_numpy(values) for name, values in columns.items() if name != CONDITION or self._null}
        return ConditionRows(rows | {name: row.expand(len(conditions), *row.shape[1:]) for name, row in self._null.items()})

    def __getitem__(self, part: slice) -> ConditionRows:
        return self.rows(range(*part.indices(len(self))))

    def batches(self, size: int) -> Iterator[ConditionRows]:
        """All conditions in order, `size` at a time."""
        for start in range(0, len(self), size):
            yield self[start : start + size]
