"""SiT's probability flow with fixed steps: noise at t = 0, data at t = 1 (docs/sources/sit_family.md, section 5)."""

import torch
from torch import Tensor

from semantic_bottleneck.arrays import Float32
from semantic_bottleneck.sampling.sampler import Noise, Predict, SingleStateSampler
from semantic_bottleneck.study.samplers import SiTODEOptions


class SiTODE(SingleStateSampler):
    """dx/dt = v(x, t) on the float32 grid linspace(0, 1, steps): `steps - 1` steps, as officially counted.

    Args:
        options: `steps`, points of the output grid, and `method`: euler (1 evaluation a step), midpoint and heun2 (2), rk4
            (4, the 3/8 rule of torchdiffeq).
    """

    def __init__(self, options: SiTODEOptions):
        self.method = options.method
        self.grid = [float(t) for t in torch.linspace(0, 1, options.steps, dtype=torch.float32)]
        self.times = self.grid[:-1]
        self.steps = options.trajectory_steps

    def advance(
        self, k: int, state: Float32[Tensor, "samples channels height width"], predict: Predict, noise: Noise
    ) -> Float32[Tensor, "samples channels height width"]:
        """One step of the chosen method."""
        t, end = self.grid[k], self.grid[k + 1]
        h = end - t
        k1 = predict(state, t)
        if self.method == "euler":
            return state + h * k1
        if self.method == "midpoint":
            return state + h * predict(state + 0.5 * h * k1, t + 0.5 * h)
        if self.method == "heun2":
            return state + 0.5 * h * (k1 + predict(state + h * k1, end))
        k2 = predict(state + h * k1 / 3, t + h / 3)
        k3 = predict(state + h * (k2 - k1 / 3), t + h * 2 / 3)
        k4 = predict(state + h * (k1 - k2 + k3), end)
        return state + h * (k1 + 3 * (k2 + k3) + k4) / 8
