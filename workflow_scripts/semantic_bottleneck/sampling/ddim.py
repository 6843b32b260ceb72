"""Deterministic DDIM (eta 0) on the respaced chain, as in X-MDPT (docs/sources/continuous_conditioning.md, section 1.6)."""

import numpy as np
from torch import Tensor

from semantic_bottleneck.arrays import Float
from semantic_bottleneck.sampling.sampler import Noise, Predict, SingleStateSampler
from semantic_bottleneck.sampling.schedules import RespacedSchedule
from semantic_bottleneck.study.samplers import DDIMOptions


class DDIM(SingleStateSampler):
    """x = sqrt(abar_prev) x_0 + sqrt(1 - abar_prev) eps; state float32, variance channels ignored.

    Args:
        options: how many of the 1000 steps are kept; `clip`: clamp the estimate of x_0 to [-1, 1] (off officially).
    """

    def __init__(self, options: DDIMOptions):
        self.schedule = RespacedSchedule.linear(options.steps)
        self.clip = options.clip
        self.times = [float(t) for t in self.schedule.timestep_map[::-1]]
        self.steps = options.trajectory_steps

    def advance(
        self, k: int, state: Float[Tensor, "samples channels height width"], predict: Predict, noise: Noise
    ) -> Float[Tensor, "samples channels height width"]:
        """One deterministic step; the noise is derived again from the (clipped) estimate of x_0."""
        i = self.steps - 1 - k
        a, b = float(self.schedule.sqrt_recip_alphas_cumprod[i]), float(self.schedule.sqrt_recipm1_alphas_cumprod[i])
        clean = a * state - b * predict(state, self.times[k])[:, : state.shape[1]]
        if self.clip:
            clean = clean.clamp(-1, 1)
        # Cast before the root, as officially: 1 - abar cancels in float32 near the data.
        previous = np.float32(self.schedule.alphas_cumprod_prev[i])
        return float(np.sqrt(previous)) * clean + float(np.sqrt(1 - previous)) * ((a * state - clean) / b)
