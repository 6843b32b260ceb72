"""LightningDiT's shifted Euler sampler: noise at t = 0, data at t = 1 (docs/sources/mdt_lightningdit_uvit.md, section 3)."""

import torch
from torch import Tensor

from semantic_bottleneck.arrays import Float32
from semantic_bottleneck.sampling.sampler import Noise, Predict, SingleStateSampler
from semantic_bottleneck.study.samplers import LightningDiTOptions


def shifted_grid(points: int, shift: float) -> torch.Tensor:
    """float32 (points,): a u / (1 + (a - 1) u) of u = linspace(0, 1); a shift a <= 0 leaves u as it is."""
    u = torch.linspace(0, 1, points, dtype=torch.float32)
    return shift * u / (1 + (shift - 1) * u) if shift > 0 else u


class LightningDiTEuler(SingleStateSampler):
    """x + (t[i + 1] - t[i]) v(x, t[i]) on the shifted float32 grid, state float32.

    Args:
        options: `steps`, points of the grid as officially counted, so `steps - 1` network calls, and `shift`, officially
            `timestep_shift`; 0 switches it off.
    """

    def __init__(self, options: LightningDiTOptions):
        grid = shifted_grid(options.steps, options.shift)
        self.times = grid[:-1].tolist()
        self.widths = (grid[1:] - grid[:-1]).tolist()
        self.steps = options.trajectory_steps

    def advance(
        self, k: int, state: Float32[Tensor, "samples channels height width"], predict: Predict, noise: Noise
    ) -> Float32[Tensor, "samples channels height width"]:
        """One Euler step."""
        return state + self.widths[k] * predict(state, self.times[k])
