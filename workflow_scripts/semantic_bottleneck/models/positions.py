"""The fixed 2-D sine-cosine table of token positions."""

import numpy as np
import torch
from torch import Tensor

from semantic_bottleneck.arrays import Float32


def _axis(positions: np.ndarray, size: int) -> np.ndarray:
    """Positions (T,) -> float64 (T, size): sines, then cosines, of frequencies 10000^(-k / (size / 2))."""
    frequencies = 10000.0 ** (-np.arange(size // 2, dtype=np.float64) / (size / 2))
    angles = positions[:, None] * frequencies[None]
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)


def sine_cosine_table(hidden_size: int, grid: int) -> Float32[Tensor, "tokens hidden_size"]:
    """(grid * grid, hidden_size) float32, tokens row-major: the column fills the first half, the row the second.

    Computed in float64 and rounded once, as DiT, SiT, REPA, MG and LightningDiT store it.
    """
    rows, columns = np.divmod(np.arange(grid * grid), grid)
    half = hidden_size // 2
    return torch.from_numpy(np.concatenate([_axis(columns, half), _axis(rows, half)], axis=1).astype(np.float32))
