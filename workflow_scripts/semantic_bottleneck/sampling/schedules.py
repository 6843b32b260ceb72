"""Noise schedules of the variance-preserving chain: linear betas and the official respacing, all float64."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from semantic_bottleneck.errors import UserError

BASE_STEPS = 1000


def linear_betas(steps: int = BASE_STEPS) -> np.ndarray:
    """float64 (steps,), linear from 1e-4 to 0.02, both scaled by 1000 / steps as in the official code."""
    scale = 1000 / steps
    return np.linspace(scale * 1e-4, scale * 0.02, steps, dtype=np.float64)


def kept_steps(respacing: int | str, total: int = BASE_STEPS) -> list[int]:
    """The original step indices kept, ascending: a count, comma-separated section counts or "ddim<count>".

    Section counts: the chain is cut into that many nearly equal sections; within one, a fractional stride is summed up in
    double precision and rounded half to even. ddim: an integer stride (reference: DiT respacing).

    Raises:
        UserError: the text is none of these or asks for more steps than there are.
    """
    text = str(respacing)
    counts = text.removeprefix("ddim").split(",")
    if not all(count.strip().isdigit() and int(count) > 0 for count in counts) or (text.startswith("ddim") and len(counts) > 1):
        raise UserError(f"sampler.steps '{text}' is no respacing; give a count such as 250, counts such as 10,10 or ddim25.")
    if text.startswith("ddim"):
        return _integer_stride(int(counts[0]), total)
    sections = [int(count) for count in counts]
    kept: list[int] = []
    first = 0
    for index, count in enumerate(sections):
        size = total // len(sections) + (index < total % len(sections))
        if count > size:
            raise UserError(f"sampler.steps '{text}' asks for {count} of {size} steps; ask for at most {size}.")
        stride = 1.0 if count == 1 else (size - 1) / (count - 1)
        position = 0.0
        for _ in range(count):
            kept.append(first + round(position))
            position += stride
        first += size
    return kept


def _integer_stride(count: int, total: int) -> list[int]:
    for stride in range(1, total):
        if len(range(0, total, stride)) == count:
            return list(range(0, total, stride))
    raise UserError(f"sampler.steps 'ddim{count}': no integer stride gives {count} of {total} steps; choose another count.")


@dataclass(frozen=True)
class RespacedSchedule:
    """The chain over the kept steps; arrays are float64 and ascend from the least noisy step."""

    timestep_map: np.ndarray
    alphas_cumprod: np.ndarray

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
