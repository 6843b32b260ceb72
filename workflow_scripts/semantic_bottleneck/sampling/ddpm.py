"""Ancestral sampling on the respaced chain, as in DiT and MDTv2 (docs/sources/sit_family.md, section 4)."""

import numpy as np
import torch
from torch import Tensor

from semantic_bottleneck.arrays import Float
from semantic_bottleneck.sampling.sampler import Noise, Predict, SingleStateSampler
from semantic_bottleneck.sampling.schedules import RespacedSchedule
from semantic_bottleneck.study.samplers import DDPMOptions


class DDPM(SingleStateSampler):
    """x ~ N(posterior mean, variance); noise prediction, state float32.

    A network with 2C output channels gives the log-variance as an interpolation value; one with C channels uses the fixed
    posterior variance (`variance: small`) or beta (`large`).

    Args:
        options: how many of the 1000 steps are kept; `variance`; `clip`: clamp the estimate of x_0 to [-1, 1] (pixel models;
            off in the official latent pipelines).
    """

    def __init__(self, options: DDPMOptions):
        self.schedule = RespacedSchedule.linear(options.steps)
        self.clip = options.clip
        self.times = [float(t) for t in self.schedule.timestep_map[::-1]]
        self.steps = options.trajectory_steps
        schedule = self.schedule
        large = np.append(np.exp(schedule.posterior_log_variance_clipped[0]), schedule.betas[1:])
        small = np.exp(schedule.posterior_log_variance_clipped)
        self.deviation = np.sqrt(large if options.variance == "large" else small)

    def estimate(
        self, k: int, x: Float[Tensor, "samples channels height width"], output: Float[Tensor, "samples outputs height width"]
    ) -> Float[Tensor, "samples channels height width"]:
        """The estimate of x_0 at step k from the state and the raw network output (first C channels: noise)."""
        i = self.steps - 1 - k
        noise = output[:, : x.shape[1]]
        clean = (
            float(self.schedule.sqrt_recip_alphas_cumprod[i]) * x - float(self.schedule.sqrt_recipm1_alphas_cumprod[i]) * noise
        )
        return clean.clamp(-1, 1) if self.clip else clean

    def advance(
        self, k: int, state: Float[Tensor, "samples channels height width"], predict: Predict, noise: Noise
    ) -> Float[Tensor, "samples channels height width"]:
        """One ancestral step; no noise is added at the last."""
        i = self.steps - 1 - k
        output = predict(state, self.times[k])
        clean = self.estimate(k, state, output)
        mean = float(self.schedule.posterior_mean_coef1[i]) * clean + float(self.schedule.posterior_mean_coef2[i]) * state
        if i == 0:
            return mean
        return mean + self._deviation(i, output, state.shape[1]) * noise().to(self.dtype)

    def _deviation(self, i: int, output: Tensor, channels: int) -> Tensor | float:
        if output.shape[1] == channels:
            return float(self.deviation[i])
        share = (output[:, channels:] + 1) / 2
        low, high = float(self.schedule.posterior_log_variance_clipped[i]), float(np.log(self.schedule.betas[i]))
        return torch.exp(0.5 * (share * high + (1 - share) * low))
