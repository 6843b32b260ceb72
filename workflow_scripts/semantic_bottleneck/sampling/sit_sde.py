"""SiT's stochastic sampler: noise at t = 0, data at t = 1 (docs/sources/sit_family.md, section 5)."""

import math

import torch
from torch import Tensor

from semantic_bottleneck.arrays import Float32
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.sampling.options import check_choice, check_count
from semantic_bottleneck.sampling.sampler import Noise, Predict, SingleStateSampler
from semantic_bottleneck.study.sampler_steps import LAST_STEP, trajectory_steps

NAME = "sit-sde"
METHODS = ("euler", "heun")
DIFFUSIONS = ("sigma", "linear", "decreasing")
LAST_STEPS = ("mean", "euler", "tweedie", None)


class SiTSDE(SingleStateSampler):
    """dx = (v + w s) dt + sqrt(2 w) dW with score s = (t v - x) / (1 - t), on a float32 grid, state float32.

    Args:
        steps: points of the grid linspace(0, 1 - last_step_size); `steps - 1` stochastic steps, then the last step.
        method: euler (Euler-Maruyama) or heun.
        diffusion: w(t) = norm (1 - t) for sigma and linear, 0.25 (norm cos(pi t) + 1)^2 for decreasing; the official
            package's other forms do not run for this model.
        last_step: mean, euler, tweedie, or None: no last step, and a grid that ends at 1.
    """

    def __init__(
        self,
        *,
        steps: int = 250,
        method: str = "euler",
        diffusion: str = "sigma",
        norm: float = 1.0,
        last_step: str | None = LAST_STEP,
        last_step_size: float = 0.04,
    ):
        check_count(NAME, "steps", steps, 2)
        self.method = check_choice(NAME, "method", method, METHODS)
        self.diffusion = check_choice(NAME, "diffusion", diffusion, DIFFUSIONS)
        self.last_step = check_choice(NAME, "last_step", last_step, LAST_STEPS)
        if not 0 < last_step_size < 1:
            raise UserError(f"sampler.last_step_size of '{NAME}' is {last_step_size!r}; give a size between 0 and 1.")
        self.norm = norm
        self.last_step_size = 0.0 if last_step is None else last_step_size
        grid = torch.linspace(0, 1 - self.last_step_size, steps, dtype=torch.float32)
        self.dt = float(grid[1] - grid[0])
        self.steps = trajectory_steps({"name": NAME, "steps": steps, "last_step": last_step})
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
