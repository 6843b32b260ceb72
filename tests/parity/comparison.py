"""One measured difference between our arrays and the stored official ones."""

from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True)
class Comparison:
    """`error` is the largest absolute difference over the largest official magnitude (at least 1)."""

    name: str
    error: float
    tolerance: float

    @property
    def passed(self) -> bool:
        return self.error <= self.tolerance


def compare(name: str, ours, theirs, tolerance: float) -> Comparison:
    """Compare arrays of equal shape, or tensors on any device; a shape mismatch or a non-finite value is an infinite error."""
    ours, theirs = (np.asarray(_on_host(values), dtype=np.float64) for values in (ours, theirs))
    if ours.shape != theirs.shape or not np.isfinite(ours).all():
        return Comparison(name, float("inf"), tolerance)
    scale = max(1.0, float(np.abs(theirs).max(initial=0.0)))
    return Comparison(name, float(np.abs(ours - theirs).max(initial=0.0)) / scale, tolerance)


def _on_host(values):
    return values.cpu() if isinstance(values, torch.Tensor) else values
