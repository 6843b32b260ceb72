"""REPA's and MG's samplers: noise at t = 1, data at t = 0, state float64 (docs/sources/sit_family.md, section 6)."""

import math

import torch
from torch import Tensor

from semantic_bottleneck.arrays import Float64
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.sampling.options import check_choice, check_count
from semantic_bottleneck.sampling.sampler import Noise, Predict, SingleStateSampler
from semantic_bottleneck.study.sampler_steps import trajectory_steps


class REPASDE(SingleStateSampler):
    """Euler-Maruyama on linspace(1, end, steps), then one noiseless step to 0; MG uses it without guidance.

    Args:
        steps: network calls in all.
        end: time at which the last, noiseless step starts.
    """

    dtype = torch.float64

    def __init__(self, *, steps: int = 250, end: float = 0.04):
        check_count("repa-sde", "steps", steps, 2)
        if not 0 < end < 1:
            raise UserError(f"sampler.end of 'repa-sde' is {end!r}; give a time between 0 and 1, officially 0.04.")
        self.times = torch.linspace(1, end, steps, dtype=torch.float64).tolist()
        self.steps = trajectory_steps({"name": "repa-sde", "steps": steps})

    def advance(
        self, k: int, state: Float64[Tensor, "samples channels height width"], predict: Predict, noise: Noise
    ) -> Float64[Tensor, "samples channels height width"]:
        """x + (v - t s) dt + sqrt(2 t |dt|) e with score s = (-(1 - t) v - x) / t."""
        t = self.times[k]
        velocity = predict(state, t)
        score = (-(1 - t) * velocity - state) / t
        drift = velocity - t * score
        if k == self.steps - 1:
            return state - drift * t
        dt = self.times[k + 1] - t
        return state + drift * dt + math.sqrt(2 * t) * math.sqrt(-dt) * noise().to(self.dtype)


class REPAODE(SingleStateSampler):
    """Euler on linspace(1, 0, steps + 1), with Heun's correction in all steps but the last if asked for.

    Args:
        steps: steps, which without `heun` are also the network calls.
        heun: average with the velocity at the step's end, whose guidance is decided by the step's start.
    """

    dtype = torch.float64

    def __init__(self, *, steps: int = 50, heun: bool = False):
        self.steps = trajectory_steps({"name": "repa-ode", "steps": check_count("repa-ode", "steps", steps)})
        self.heun = check_choice("repa-ode", "heun", heun, (False, True))
        self.grid = torch.linspace(1, 0, steps + 1, dtype=torch.float64).tolist()
        self.times = self.grid[:-1]

    def advance(
        self, k: int, state: Float64[Tensor, "samples channels height width"], predict: Predict, noise: Noise
    ) -> Float64[Tensor, "samples channels height width"]:
        """One step towards t = 0."""
        t, end = self.grid[k], self.grid[k + 1]
        first = predict(state, t)
        reached = state + (end - t) * first
        if not self.heun or k == self.steps - 1:
            return reached
        return state + (end - t) * (0.5 * first + 0.5 * predict(reached, end, guided_at=t))
