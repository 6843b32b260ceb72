"""What every step draws, and the noising of DiER's formula: x_t = sqrt(abar_t) x0 + sqrt(1 - abar_t) eps."""

from functools import cache

import torch
from torch import Tensor

from semantic_bottleneck.training.objectives import DIFFUSION_STEPS, cumulative_signal, per_sample


def add_noise(images: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """x_t (N, C, S, S) from images, noise of the same shape and integer t (N,); linear betas, T = 1000."""
    signal, spread = (per_sample(root.to(images.device)[t], images) for root in _roots())
    return signal * images + spread * noise


def draw(images: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Noise like the images and t (N,) int64, uniform in 0..999, drawn on the CPU in this order."""
    noise = torch.randn(images.shape, generator=rng)
    t = torch.randint(DIFFUSION_STEPS, (len(images),), generator=rng)
    return noise.to(images.device), t.to(images.device)


@cache
def _roots() -> tuple[Tensor, Tensor]:
    """sqrt(abar) and sqrt(1 - abar) for every t, float32 (1000,)."""
    kept = torch.from_numpy(cumulative_signal())
    return kept.sqrt().float(), (1.0 - kept).sqrt().float()
