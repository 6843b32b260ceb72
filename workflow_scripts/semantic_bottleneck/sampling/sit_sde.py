"""SiT's stochastic sampler: noise at t = 0, data at t = 1 (docs/sources/sit_family.md, section 5)."""

import math

import torch
from torch import Tensor

from semantic_bottleneck.arrays import Float32
from semantic_bottleneck.sampling.sampler import Noise, Predict, SingleStateSampler
from semantic_bottleneck.study.samplers import SiTSDEOptions


class SiTSDE(SingleStateSampler):
    """dx = (v + w s) dt + sqrt(2 w) dW with score s = (t v - x) / (1 - t), on a float32 grid, state float32.

    Args:
        options: `steps`, points of the grid linspace(0, 1 - last_step_size): `steps - 1` stochastic steps, then the last step.
            `method`: euler (Euler-Maruyama) or heun. `diffusion`: w(t) = norm (1 - t) for sigma and linear,
            0.25 (norm cos(pi t) + 1)^2 for decreasing; the official package's other forms do not run for this model.
            `last_step`: mean, euler, tweedie, or None: no last step, and a grid that ends at 1.
    """

    def __init__(self, options: SiTSDEOptions):
        self.method, self.diffusion, self.norm = options.method, options.diffusion, options.norm
        self.last_step = options.last_step
        self.last_step_size = 0.0 if options.last_step is None else options.last_step_size
        grid = torch.linspace(0, 1 - self.last_step_size, options.steps, dtype=torch.float32)
        self.dt = float(grid[1] - grid[0])
        self.steps = options.trajectory_steps
        self.times = [float(t) for t in grid[: self.steps]]

    def advance(
        self, k: int, state: Float32[Tensor, "samples channels height width"], predict: Predict, noise: Noise
    ) -> Float32[Tensor, "samples channels height width"]:
        """A stochastic step, or at the end of the shortened grid the deterministic last one."""
        t, dt = self.times[k], self.dt
        if self.last_step is not None and k == self.steps - 1:
            return self._finish(state, t, predict(state, t))
        kick = math.sqrt(2 * self._w(t)) * math.sqrt(dt) * noise().to(self.dtype)
        if self.method == "euler":
            return state + self._drift(state, t, predict(state, t)) * dt + kick
        kicked = state + kick
        first = self._drift(kicked, t, predict(kicked, t))
        reached = kicked + dt * first
        return kicked + 0.5 * dt * (first + self._drift(reached, t + dt, predict(reached, t + dt)))

    def _finish(self, x: Tensor, t: float, velocity: Tensor) -> Tensor:
        if self.last_step == "mean":
            return x + self._drift(x, t, velocity) * self.last_step_size
        if self.last_step == "euler":
            return x + velocity * self.last_step_size
        return x / t + (1 - t) ** 2 / t * self._score(x, t, velocity)

    def _w(self, t: float) -> float:
        if self.diffusion == "decreasing":
            return 0.25 * (self.norm * math.cos(math.pi * t) + 1) ** 2
        return self.norm * (1 - t)

    def _score(self, x: Tensor, t: float, velocity: Tensor) -> Tensor:
        return (t * velocity - x) / (1 - t)

    def _drift(self, x: Tensor, t: float, velocity: Tensor) -> Tensor:
        return velocity + self._w(t) * self._score(x, t, velocity)
