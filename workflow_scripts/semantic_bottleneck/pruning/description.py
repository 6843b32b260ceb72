"""What pruning variants remove from a model's vectors."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from semantic_bottleneck.models.sliced_adaln import shared_kept
from semantic_bottleneck.pruning.criteria import resolve, select
from semantic_bottleneck.pruning.spread import spread_of, variance_over_time
from semantic_bottleneck.study.pruning import Pruning, Quantile, Ranks, Tau

WORDS = ("side", "window", "ranked_by", "mask", "replacement", "branch")


def words(pruning: Pruning | None) -> dict[str, str | float]:
    """What a variant does, column by column; empty for the baseline."""
    if pruning is None:
        return dict.fromkeys(WORDS, "") | {"noise": np.nan}
    return {
        "side": pruning.side,
        "window": pruning.window.kind,
        "ranked_by": pruning.ranked_by,
        "mask": pruning.mask,
        "replacement": "noise" if pruning.noise is not None else pruning.replacement,
        "branch": pruning.branch,
        "noise": np.nan if pruning.noise is None else pruning.noise,
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
        over_time = variance_over_time(steps)
        resolved = resolve(pruning, lambda: c, spread_of(c, lambda: over_time))
        masks = [select(vectors, resolved, spread_of(vectors, lambda: over_time)) for vectors in steps]
        threshold = resolved.criterion.threshold if isinstance(resolved.criterion, Tau) else np.nan
        quantile = pruning.criterion.share if isinstance(pruning.criterion, Quantile) else np.nan
    chosen = masks[0]
    removed = float(chosen.sum(dim=1).double().mean())
    ranks = pruning.criterion.among(c.shape[1]) if pruning is not None and isinstance(pruning.criterion, Ranks) else None
    return {
        "first_rank": np.nan if ranks is None else ranks.start + 1.0,
        "last_rank": np.nan if ranks is None else float(ranks.stop),
        "threshold": threshold,
        "quantile": quantile,
        "removed_dimensions": removed,
        "removed_percent": 100 * removed / c.shape[1],
        "head_positive": float((chosen & (c > 0)).sum(dim=1).double().mean()),
        "head_negative": float((chosen & (c < 0)).sum(dim=1).double().mean()),
        "removed_percent_all_steps": float(np.mean([100 * mask.double().mean() for mask in masks])),
    }


def shared_shares(steps: Sequence[torch.Tensor], prunings: Mapping[str, Pruning | None]) -> dict[str, dict[str, float]]:
    """Variant -> the share of dimensions that a vector loses on average at the initial step, and the share that all lose.

    Only the second can be sliced away in a batch of all classes. The baseline, which loses none, is left out.

    Args:
        steps: as of `describe_variant`.
    """
    c, shares = steps[0], {}
    spread = spread_of(c, lambda: variance_over_time(steps))
    for name, pruning in prunings.items():
        if pruning is not None:
            pruned = select(c, resolve(pruning, lambda: c, spread), spread)
            shared = 1 - len(shared_kept(pruned)) / c.shape[1]
            shares[name] = {"mean": float(pruned.double().mean()), "shared": shared}
    return shares
