"""Random views of a picture that leave a digit the digit it is, for the self-supervised baseline.

Size, place and noise: what pictures of other things may lose (colour, mirror side, parts) is not here, so on photographs the
baseline is weaker than its literature.
"""

import torch
from torch import Tensor
from torch.nn import functional

SHIFT = 0.125
"""Largest shift along each axis, as a share of the side."""
SCALE = 1.25
"""Largest factor of size, and the inverse of the smallest; uniform on a logarithmic scale."""
NOISE = 0.1
"""Standard deviation of the normal noise, in units in which black is -1 and white 1."""


def view(images: Tensor, rng: torch.Generator) -> Tensor:
    """Each of the images (N, C, S, S) in [-1, 1] resized, moved (bilinear; black comes in) and noised, drawn on the CPU."""
    count = len(images)
    factor = SCALE ** (2.0 * torch.rand(count, generator=rng) - 1.0)
    shift = SHIFT * (2.0 * torch.rand(count, 2, generator=rng) - 1.0)
    noise = NOISE * torch.randn(images.shape, generator=rng)
    # Output coordinates run from -1 to 1 over the side, so a shift by one side is 2; from there the map leads to the input.
    maps = torch.zeros(count, 2, 3)
    maps[:, 0, 0] = maps[:, 1, 1] = 1.0 / factor
    maps[:, :, 2] = -2.0 * shift / factor[:, None]
    grid = functional.affine_grid(maps.to(images.device), list(images.shape), align_corners=False)
    moved = functional.grid_sample(images + 1.0, grid, align_corners=False) - 1.0
    return moved + noise.to(images.device)
