"""Timesteps and labels as vectors: the layers every network and every conditioner shares."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from semantic_bottleneck.arrays import Float, Float32, Int64, Num


def sinusoid(t: Num[Tensor, " samples"], features: int, shift: int = 0) -> Float32[Tensor, "samples features"]:
    """Times (N,) -> float32 (N, features): cosines of t * f_k first, then sines, f_k = exp((-ln 10000 * k) / (half - shift)).

    `shift` is 0 but for DiT in diffusers, where it is 1.

    Argument and frequency are rounded to float32 as in the official models (in double precision t = 1000 would move
    the features by 6e-5); the exponential between them is taken in float64, because float32 routines differ in the last
    bit from one processor to the next.
    """
    half = features // 2
    exponents = np.float32(-math.log(10000)) * np.arange(half, dtype=np.float32) / np.float32(half - shift)
    frequencies = torch.from_numpy(np.exp(exponents.astype(np.float64)).astype(np.float32))
    angles = t.to(torch.float32)[:, None] * frequencies.to(t.device)[None]
    return torch.cat([torch.cos(angles), torch.sin(angles)], dim=-1)


class TimestepEmbedder(nn.Module):
    """Linear, SiLU, Linear of the sinusoid of (scale * t); tensors `mlp.0.*` and `mlp.2.*`.

    `scale` is 1 in every official model: flow models feed t in [0, 1] as it is. `outputs` is hidden_size without it.
    """

    def __init__(self, hidden_size: int, frequency_size: int = 256, scale: float = 1.0, outputs: int | None = None) -> None:
        super().__init__()
        self.frequency_size, self.scale = frequency_size, scale
        last = nn.Linear(hidden_size, outputs or hidden_size)
        self.mlp = nn.Sequential(nn.Linear(frequency_size, hidden_size), nn.SiLU(), last)

    def forward(self, t: Num[Tensor, " samples"]) -> Float[Tensor, "samples dimensions"]:
        """Times (N,), integer or float -> (N, outputs)."""
        if self.scale != 1.0:
            t = t.to(torch.float32) * self.scale
        return self.mlp(sinusoid(t, self.frequency_size).to(next(self.mlp.parameters()).dtype))


class NoTime(nn.Module):
    """In a timestep embedder's place: the network is told no time. No tensors."""

    def forward(self, t: Num[Tensor, " samples"]) -> Float32[Tensor, "samples 0"]:
        """Times (N,) -> (N, 0)."""
        return torch.empty(len(t), 0, device=t.device)


class LabelEmbedder(nn.Module):
    """A table with one row per class and, unless `null_class` is false, a last row for "no class".

    It never drops labels itself: whoever trains passes the null label explicitly.
    """

    def __init__(self, num_classes: int, hidden_size: int, null_class: bool = True) -> None:
        super().__init__()
        # Given a tensor, nn.Embedding draws no starting values: on the meta device those cost a second of imports.
        rows = torch.zeros(num_classes + int(null_class), hidden_size)
        self.embedding_table = nn.Embedding(len(rows), hidden_size, _weight=rows)

    def forward(self, labels: Int64[Tensor, " samples"]) -> Float[Tensor, "samples dimensions"]:
        """Labels (N,) int64 -> (N, hidden_size)."""
        return self.embedding_table(labels)


class GridEmbedder(nn.Module):
    """Linear, SiLU, Linear of the point of a grid that a label counts, each axis evenly from -1 to 1; tensors `mlp.*`.

    The label beyond the last point, for "no class", has a vector of its own, `null` (1, D).
    """

    def __init__(self, grid: Sequence[int], hidden_size: int) -> None:
        super().__init__()
        self.grid = tuple(grid)
        self.mlp = nn.Sequential(nn.Linear(len(grid), hidden_size), nn.SiLU(), nn.Linear(hidden_size, hidden_size))
        self.null = nn.Parameter(torch.zeros(1, hidden_size))

    def forward(self, labels: Int64[Tensor, " samples"]) -> Float[Tensor, "samples dimensions"]:
        """Labels (N,) int64 -> (N, hidden_size)."""
        points = self.mlp(self.points(labels).to(self.null.dtype))
        return torch.where((labels == math.prod(self.grid))[:, None], self.null, points)

    def points(self, labels: Int64[Tensor, " samples"]) -> Float32[Tensor, "samples axes"]:
        """Labels (N,) -> coordinates float32 (N, axes) in [-1, 1]."""
        places = torch.unravel_index(labels % math.prod(self.grid), self.grid)
        axes = [2.0 * place.float() / max(1, points - 1) - 1.0 for place, points in zip(places, self.grid, strict=True)]
        return torch.stack(axes, dim=1)
