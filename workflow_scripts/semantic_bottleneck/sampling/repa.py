"""REPA's and MG's samplers: noise at t = 1, data at t = 0, state float64 (docs/sources/sit_family.md, section 6)."""

import math

import torch
from torch import Tensor

from semantic_bottleneck.arrays import Float64
from semantic_bottleneck.sampling.sampler import Noise, Predict, SingleStateSampler
from semantic_bottleneck.study.samplers import REPAODEOptions, REPASDEOptions


class REPASDE(SingleStateSampler):
    """Euler-Maruyama on linspace(1, end, steps), then one noiseless step to 0; MG uses it without guidance.

    Args:
        options: `steps`, network calls in all, and `end`, the time at which the last, noiseless step starts.
    """

    dtype = torch.float64

    def __init__(self, options: REPASDEOptions):
        self.times = torch.linspace(1, options.end, options.steps, dtype=torch.float64).tolist()
        self.steps = options.trajectory_steps

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
        options: `steps`, which without `heun` are also the network calls, and `heun`: average with the velocity at the step's
            end, whose guidance is decided by the step's start.
    """

    dtype = torch.float64

    def __init__(self, options: REPAODEOptions):
        self.steps, self.heun = options.trajectory_steps, options.heun
        self.grid = torch.linspace(1, 0, options.steps + 1, dtype=torch.float64).tolist()
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
