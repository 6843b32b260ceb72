"""Noise schedules of the variance-preserving chain: linear betas and the official respacing, all float64."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from semantic_bottleneck.arrays import Float64, Int64
from semantic_bottleneck.study.respacing import BASE_STEPS, kept_steps


def linear_betas(steps: int = BASE_STEPS) -> Float64[np.ndarray, " steps"]:
    """float64 (steps,), linear from 1e-4 to 0.02, both scaled by 1000 / steps as in the official code."""
    scale = 1000 / steps
    return np.linspace(scale * 1e-4, scale * 0.02, steps, dtype=np.float64)


@dataclass(frozen=True)
class RespacedSchedule:
    """The chain over the kept steps; arrays are float64 and ascend from the least noisy step."""

    timestep_map: Int64[np.ndarray, " steps"]
    alphas_cumprod: Float64[np.ndarray, " steps"]

    @classmethod
    def linear(cls, respacing: int | str, total: int = BASE_STEPS) -> "RespacedSchedule":
        """Linear betas over `total` steps, respaced."""
        kept = np.array(kept_steps(respacing, total), dtype=np.int64)
        return cls(kept, np.cumprod(1.0 - linear_betas(total))[kept])

    @cached_property
    def alphas_cumprod_prev(self) -> np.ndarray:
        """Of the next less noisy kept step; 1 at the end."""
        return np.append(1.0, self.alphas_cumprod[:-1])

    @cached_property
    def betas(self) -> np.ndarray:
        """1 - abar_i / abar_(i-1)."""
        return 1.0 - self.alphas_cumprod / self.alphas_cumprod_prev

    @cached_property
    def posterior_variance(self) -> np.ndarray:
        """Variance of q(x_(i-1) | x_i, x_0); 0 at the last step."""
        return self.betas * (1.0 - self.alphas_cumprod_prev) / (1.0 - self.alphas_cumprod)

    @cached_property
    def posterior_log_variance_clipped(self) -> np.ndarray:
        """Logarithm of the posterior variance with entry 0 replaced by entry 1 (by beta_0 if there is one step only)."""
        variance = self.posterior_variance
        return np.log(np.append(variance[1] if len(variance) > 1 else self.betas[0], variance[1:]))

    @cached_property
    def posterior_mean_coef1(self) -> np.ndarray:
        """Weight of x_0 in the posterior mean."""
        return self.betas * np.sqrt(self.alphas_cumprod_prev) / (1.0 - self.alphas_cumprod)

    @cached_property
    def posterior_mean_coef2(self) -> np.ndarray:
        """Weight of x_i in the posterior mean."""
        return (1.0 - self.alphas_cumprod_prev) * np.sqrt(1.0 - self.betas) / (1.0 - self.alphas_cumprod)

    @cached_property
    def sqrt_recip_alphas_cumprod(self) -> np.ndarray:
        """Weight of x_i in the estimate of x_0."""
        return np.sqrt(1.0 / self.alphas_cumprod)

    @cached_property
    def sqrt_recipm1_alphas_cumprod(self) -> np.ndarray:
        """Weight of the noise, subtracted, in the estimate of x_0."""
        return np.sqrt(1.0 / self.alphas_cumprod - 1.0)
