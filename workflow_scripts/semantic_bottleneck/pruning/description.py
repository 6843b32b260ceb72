"""What pruning variants remove from a model's vectors."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from semantic_bottleneck.models.sliced_adaln import shared_kept
from semantic_bottleneck.pruning.criteria import resolve, select
from semantic_bottleneck.study.pruning import Pruning, Quantile, Tau


def words(pruning: Pruning | None) -> dict[str, str]:
    """What a variant does, column by column; empty for the baseline."""
    if pruning is None:
        return dict.fromkeys(("side", "window", "magnitude", "replacement"), "")
    return {
        "side": pruning.side,
        "window": pruning.window.kind,
        "magnitude": pruning.magnitude,
        "replacement": pruning.replacement,
    }


def describe_variant(pruning: Pruning | None, steps: Sequence[torch.Tensor]) -> dict[str, float]:
    """Counts at the initial step: means over conditions, and the signs of the removed entries; and the share at all steps.

    A threshold is fixed, while the magnitudes of c change with the timestep.

    Args:
        steps: vectors c (n, D) at the timesteps of a grid, the initial one first.
    """
    c, threshold, quantile = steps[0], np.nan, np.nan
    if pruning is None:
        masks = [torch.zeros_like(vectors, dtype=torch.bool) for vectors in steps]
    else:
        resolved = resolve(pruning, lambda: c)
        masks = [select(vectors, resolved) for vectors in steps]
        threshold = resolved.criterion.threshold if isinstance(resolved.criterion, Tau) else np.nan
        quantile = pruning.criterion.share if isinstance(pruning.criterion, Quantile) else np.nan
    chosen = masks[0]
    removed = float(chosen.sum(dim=1).double().mean())
    return {
        "threshold": threshold,
        "quantile": quantile,
        "removed_dimensions": removed,
        "removed_percent": 100 * removed / c.shape[1],
        "head_positive": float((chosen & (c > 0)).sum(dim=1).double().mean()),
        "head_negative": float((chosen & (c < 0)).sum(dim=1).double().mean()),
        "removed_percent_all_steps": float(np.mean([100 * mask.double().mean() for mask in masks])),
    }


def shared_shares(c: torch.Tensor, prunings: Mapping[str, Pruning | None]) -> dict[str, dict[str, float]]:
    """Variant -> the share of dimensions that a vector loses on average, and the share that all vectors c (n, D) lose.

    Only the second can be sliced away in a batch of all classes. The baseline, which loses none, is left out.
    """
    shares = {}
    for name, pruning in prunings.items():
        if pruning is not None:
            pruned = select(c, resolve(pruning, lambda: c))
            shared = 1 - len(shared_kept(pruned)) / c.shape[1]
            shares[name] = {"mean": float(pruned.double().mean()), "shared": shared}
    return shares
