"""A learned attention bias for each pair of token offsets (MDTv2, X-MDPT, MDSGen)."""

import torch
from torch import Tensor, nn

from semantic_bottleneck.arrays import Int64


def relative_position_index(rows: int, columns: int) -> Int64[Tensor, "tokens tokens"]:
    """(T, T) int64 for T = rows * columns row-major tokens: the table row of query a and key b.

    index[a, b] = (row_a - row_b + rows - 1) * (2 * columns - 1) + (col_a - col_b + columns - 1).
    """
    row, column = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    row, column = row.flatten(), column.flatten()
    down = row[:, None] - row[None] + rows - 1
    across = column[:, None] - column[None] + columns - 1
    return down * (2 * columns - 1) + across


class RelativePositionBias(nn.Module):
    """The table [(2 rows - 1)(2 columns - 1) + 3, heads], whose last three rows are never used, and its index."""

    def __init__(self, rows: int, columns: int, num_heads: int) -> None:
        super().__init__()
        self.relative_position_index: Tensor
        entries = (2 * rows - 1) * (2 * columns - 1) + 3
        self.relative_position_bias_table = nn.Parameter(torch.zeros(entries, num_heads))
        self.register_buffer("relative_position_index", relative_position_index(rows, columns))

    def forward(self) -> Tensor:
        """(heads, T, T), added to the scaled logits of every sample."""
        return self.relative_position_bias_table[self.relative_position_index].permute(2, 0, 1).contiguous()
