"""What a model's conditional vectors have in common at one timestep, and how far they lie apart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


def _not_given() -> Tensor:
    raise ValueError("this variant needs the vectors of all conditions over a grid of timesteps.")


@dataclass(frozen=True)
class Spread:
    """Functions that give a tensor (D,), called only where a variant asks for it.

    Attributes:
        mean: over conditions, at this timestep.
        variance: over conditions, at this timestep (divided by their number).
        time_variance: over a grid of timesteps, of that mean; the same at every timestep.
    """

    mean: Callable[[], Tensor]
    variance: Callable[[], Tensor] = _not_given
    time_variance: Callable[[], Tensor] = _not_given


def spread_of(vectors: Tensor, time_variance: Callable[[], Tensor] = _not_given) -> Spread:
    """The spread of vectors (n, D) of all conditions at one timestep."""
    return Spread(lambda: vectors.mean(dim=0), lambda: variance_over(vectors), time_variance)


def variance_over(vectors: Tensor) -> Tensor:
    """Of each dimension over rows (n, D), divided by n; (D,)."""
    return vectors.var(dim=0, correction=0)


def variance_over_time(steps: Sequence[Tensor]) -> Tensor:
    """Of the mean vector over timesteps, from the vectors (n, D) of all conditions at each; (D,)."""
    return variance_over(torch.stack([vectors.mean(dim=0) for vectors in steps]))
