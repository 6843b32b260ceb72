"""DPM-Solver++ as MDSGen runs it: multistep, data prediction, order 2, uniform times.

Source: docs/sources/continuous_conditioning.md, section 2.4.
"""

import numpy as np
import torch
from torch import Tensor

from semantic_bottleneck.arrays import Float, Float32
from semantic_bottleneck.sampling.sampler import Noise, Predict
from semantic_bottleneck.sampling.schedules import BASE_STEPS, linear_betas
from semantic_bottleneck.study.samplers import DPMSolverOptions

FEW_STEPS = 10  # below this many steps the last one is officially of first order
END = 1 / BASE_STEPS


def log_alphas(times: Float32[Tensor, " times"]) -> Float32[Tensor, " times"]:
    """log alpha at continuous float32 times in [0.001, 1]: half the summed log(1 - beta), interpolated linearly in t."""
    table = torch.from_numpy(0.5 * np.cumsum(np.log(1 - linear_betas()))).to(torch.float32)
    knots = torch.linspace(0, 1, BASE_STEPS + 1, dtype=torch.float32)[1:]
    upper = torch.searchsorted(knots, times.contiguous()).clamp(min=1)
    low, high = knots[upper - 1], knots[upper]
    return table[upper - 1] + (times - low) * (table[upper] - table[upper - 1]) / (high - low)


class DPMSolverPP:
    """The state stacks the latent and the previous step's data prediction on axis 1: (n, 2, C, H, W) float32.

    Args:
        options: `steps`, network calls (the float32 grid is linspace(1, 0.001, steps + 1), the network sees
            (t - 0.001) * 1000), and `start`: bfloat16 rounds the initial noise as the official script does.
    """

    dtype = torch.float32

    def __init__(self, options: DPMSolverOptions):
        self.steps = options.trajectory_steps
        self.start_dtype = getattr(torch, options.start)
        self.grid = torch.linspace(1.0, END, options.steps + 1, dtype=torch.float32)
        self.times = ((self.grid[:-1] - END) * BASE_STEPS).tolist()
        self.log_alpha = log_alphas(self.grid)
        log_sigma = 0.5 * torch.log(1 - torch.exp(2 * self.log_alpha))
        self.log_snr = self.log_alpha - log_sigma
        self.alpha, self.sigma = torch.exp(self.log_alpha).tolist(), torch.sqrt(1 - torch.exp(2 * self.log_alpha)).tolist()

    def start(
        self, noise: Float[Tensor, "samples channels height width"]
    ) -> Float32[Tensor, "samples 2 channels height width"]:
        """The noise, and zeros for the data prediction that does not exist yet."""
        latent = noise.to(self.start_dtype).to(self.dtype)
        return torch.stack([latent, torch.zeros_like(latent)], dim=1)

    def advance(
        self, k: int, state: Float32[Tensor, "samples 2 channels height width"], predict: Predict, noise: Noise
    ) -> Float32[Tensor, "samples 2 channels height width"]:
        """One multistep update; the first step, and with fewer than ten steps the last, is of first order."""
        x, previous = state[:, 0], state[:, 1]
        clean = (x - self.sigma[k] * predict(x, self.times[k])[:, : x.shape[1]]) / self.alpha[k]
        h = self.log_snr[k + 1] - self.log_snr[k]
        direction = clean
        if k > 0 and not (self.steps < FEW_STEPS and k == self.steps - 1):
            ratio = float((self.log_snr[k] - self.log_snr[k - 1]) / h)
            direction = clean + 0.5 * (1 / ratio) * (clean - previous)
        x = self.sigma[k + 1] / self.sigma[k] * x - self.alpha[k + 1] * float(torch.expm1(-h)) * direction
        return torch.stack([x, clean], dim=1)

    def finish(
        self, state: Float32[Tensor, "samples 2 channels height width"]
    ) -> Float32[Tensor, "samples channels height width"]:
        """The latent at t = 0.001."""
        return state[:, 0]
