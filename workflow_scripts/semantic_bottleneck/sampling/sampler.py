"""The step interface all samplers share."""

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

Noise = Callable[[], Tensor]


class Predict(Protocol):
    """The guided network: see `semantic_bottleneck.sampling.guidance.Predictor`."""

    def __call__(self, x: Tensor, t: float, guided_at: float | None = None) -> Tensor:
        """Raw output rows, in the dtype of x (n, C, H, W), at network time t."""
        ...

    def is_guided(self, t: float) -> bool:
        """Whether unconditional rows are evaluated at network time t."""
        ...

    def both(self, x: Tensor, t: float) -> Tensor:
        """Raw output of the guided and, if guidance is active, of the official second half: n or 2n rows."""
        ...


class Sampler(Protocol):
    """A trajectory as `steps` calls of `advance` on one tensor whose axis 0 is the sample."""

    steps: int
    dtype: torch.dtype
    times: list[float]

    def start(self, noise: Tensor) -> Tensor:
        """The state before step 0 from float64 standard normal noise (n, C, H, W)."""
        ...

    def advance(self, k: int, state: Tensor, predict: Predict, noise: Noise) -> Tensor:
        """The state after step k; `noise()` gives float64 standard normal (n, C, H, W) and is called at most once."""
        ...

    def finish(self, state: Tensor) -> Tensor:
        """The float32 latent (n, C, H, W) of the state after the last step."""
        ...


class SingleStateSampler:
    """What the samplers have in common whose state is just the latent."""

    dtype = torch.float32

    def start(self, noise: Tensor) -> Tensor:
        """Officially drawn in float32, then cast to the state's dtype."""
        return noise.to(torch.float32).to(self.dtype)

    def finish(self, state: Tensor) -> Tensor:
        """The state itself, in float32."""
        return state.to(torch.float32)
