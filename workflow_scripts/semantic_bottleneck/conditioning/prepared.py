"""The inputs of a continuous model as rule prepare_inputs wrote them, read a few conditions at a time.

The tokens of one pose and source picture take 2.4 MB, those of DeepFashion's test pairs 20 GB.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from semantic_bottleneck.files.row_groups import RowGroups
from semantic_bottleneck.models.condition_rows import ConditionRows

CONDITION = "condition"


class PreparedInputs:
    """Condition i is row i; slices and `rows` give `ConditionRows` on the CPU."""

    def __init__(self, path: str | Path):
        self._file = RowGroups(path)

    def __len__(self) -> int:
        return len(self._file)

    def rows(self, conditions: Sequence[int]) -> ConditionRows:
        """The inputs of these conditions, in their order; raises UserError for one that does not exist."""
        columns = self._file.read(conditions)
        return ConditionRows({name: torch.from_numpy(values) for name, values in columns.items() if name != CONDITION})

    def __getitem__(self, part: slice) -> ConditionRows:
        return self.rows(range(*part.indices(len(self))))

    def batches(self, size: int) -> Iterator[ConditionRows]:
        """All conditions in order, `size` at a time."""
        for start in range(0, len(self), size):
            yield self[start : start + size]
