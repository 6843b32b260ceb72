"""Rotary position embedding over a two-dimensional grid of tokens."""

import torch
from torch import Tensor, nn


def rotate_half(x: Tensor) -> Tensor:
    """(..., d) -> (..., d): each pair (a, b) of neighbouring components becomes (-b, a)."""
    pairs = x.unflatten(-1, (-1, 2))
    return torch.stack([-pairs[..., 1], pairs[..., 0]], dim=-1).flatten(-2)


class RotaryEmbedding(nn.Module):
    """Turns every component of queries and keys by the token's row (first half) and column (second half).

    Frequencies 10000^(-2j / d), d = head_dim / 2, each used for two neighbouring components. The tables
    `freqs_cos` and `freqs_sin` [grid * grid, head_dim] are buffers of the checkpoint (LightningDiT).
    """

    def __init__(self, head_dim: int, grid: int) -> None:
        super().__init__()
        half = head_dim // 2
        frequencies = 1.0 / 10000.0 ** (torch.arange(0, half, 2).float() / half)
        angles = torch.arange(grid).float()[:, None] * frequencies.repeat_interleave(2)[None]
        rows = angles[:, None].expand(grid, grid, half)
        columns = angles[None].expand(grid, grid, half)
        table = torch.cat([rows, columns], dim=-1).reshape(grid * grid, head_dim)
        self.freqs_cos: Tensor
        self.freqs_sin: Tensor
        self.register_buffer("freqs_cos", table.cos())
        self.register_buffer("freqs_sin", table.sin())

    def forward(self, x: Tensor) -> Tensor:
        """Queries or keys (N, heads, T, head_dim) of all T = grid * grid tokens -> the same shape."""
        return x * self.freqs_cos + rotate_half(x) * self.freqs_sin
