"""What pruning variants remove from a model's vectors."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from semantic_bottleneck.models.sliced_adaln import shared_kept
from semantic_bottleneck.pruning.criteria import resolve_threshold, select


def describe_variant(variant: Mapping, c: torch.Tensor) -> dict[str, float]:
    """Counts for vectors c (n, d) at the initial step: means over conditions, and the signs of the removed entries."""
    if "side" not in variant:
        chosen = torch.zeros_like(c, dtype=torch.bool)
        threshold = None
    else:
        threshold = resolve_threshold(variant, c)
        chosen = select(c, variant, threshold)
    removed = float(chosen.sum(dim=1).double().mean())
    return {
        "threshold": np.nan if threshold is None else threshold,
        "quantile": variant.get("quantile", np.nan),
        "removed_dimensions": removed,
        "removed_percent": 100 * removed / c.shape[1],
        "head_positive": float((chosen & (c > 0)).sum(dim=1).double().mean()),
        "head_negative": float((chosen & (c < 0)).sum(dim=1).double().mean()),
    }


def removed_over_steps(variant: Mapping, threshold: float, steps: Sequence[torch.Tensor]) -> float:
    """Percent of dimensions removed at all timesteps of the grid together; `threshold` NaN stands for a count.

    A threshold is fixed, while the magnitudes of c change with the timestep.
    """
    if "side" not in variant:
        return 0.0
    fixed = None if np.isnan(threshold) else threshold
    return float(np.mean([100 * select(c, variant, fixed).double().mean() for c in steps]))


def shared_shares(c: torch.Tensor, variants: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Variant -> the share of dimensions that a vector loses on average, and the share that all vectors c (n, d) lose.

    Only the second can be sliced away in a batch of all classes.
    """
    found = {}
    for name, variant in variants.items():
        if "side" in variant:
            pruned = select(c, variant, resolve_threshold(variant, c))
            shared = 1 - len(shared_kept(pruned)) / c.shape[1]
            found[name] = {"mean": float(pruned.double().mean()), "shared": shared}
    return found
