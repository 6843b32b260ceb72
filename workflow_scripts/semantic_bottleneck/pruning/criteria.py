"""Which dimensions of the conditional vector a variant prunes, and by what they are replaced."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import silu

from semantic_bottleneck.study.pruning import Count, Fraction, Pruning, Quantile, Tau

Edit = Callable[[Tensor], Tensor]


def magnitudes(c: Tensor, pruning: Pruning) -> Tensor:
    """|c| or |SiLU(c)| as the variant says; (N, D)."""
    return (silu(c) if pruning.magnitude == "silu" else c).abs()


def resolve(pruning: Pruning, initial: Callable[[], Tensor]) -> Pruning:
    """The same pruning with a threshold in the place of a quantile.

    Args:
        initial: gives the (n, D) vectors of all conditions at the initial step; only called for a quantile.
    """
    if not isinstance(pruning.criterion, Quantile):
        return pruning
    values, share = magnitudes(initial(), pruning).double().cpu().numpy(), pruning.criterion.share
    threshold = float(np.quantile(values, share if pruning.ranks == "tail" else 1 - share))
    return replace(pruning, criterion=Tau(threshold))


def select(c: Tensor, pruning: Pruning) -> Tensor:
    """Boolean (N, D): True where a dimension of that row is pruned. Each row is judged by itself.

    Raises:
        ValueError: the criterion is a quantile, which has no threshold until `resolve` takes it.
    """
    values, tail = magnitudes(c, pruning), pruning.ranks == "tail"
    match pruning.criterion:
        case Tau(threshold):
            chosen = values < threshold if tail else values > threshold
        case Count(dimensions):
            chosen = _first(values, dimensions, tail)
        case Fraction(share):
            chosen = _first(values, round(share * c.shape[1]), tail)
        case Quantile():
            raise ValueError("a quantile is no threshold yet; resolve the pruning first.")
    if pruning.side != "random":
        return chosen
    rank = _random_rank(pruning.seed, c.shape[1]).to(c.device)
    return rank < chosen.sum(dim=1, keepdim=True)


def pruning_edit(pruning: Pruning, null_rows: Tensor | None, class_mean: Callable[[], Tensor] | None) -> Edit:
    """The function applied to c (N, D) before any layer consumes it.

    Args:
        pruning: resolved.
        null_rows: boolean (N,), the rows of the batch that hold the null condition, or None if there are none.
        class_mean: gives the (D,) mean of c over classes at this timestep; only called when the replacement asks for it.
    """

    def edit(c: Tensor) -> Tensor:
        chosen = select(c, pruning)
        if null_rows is not None and not pruning.null:
            chosen = chosen & ~null_rows[:, None]
        value = torch.zeros((), dtype=c.dtype, device=c.device)
        if pruning.replacement == "class-mean":
            assert class_mean is not None
            value = class_mean().to(c)
        return torch.where(chosen, value, c)

    return edit


def _first(values: Tensor, count: int, ascending: bool) -> Tensor:
    """Boolean, as `values` (N, D): True at the `count` smallest (or largest) of each row."""
    order = values.argsort(dim=1, descending=not ascending, stable=True)
    return torch.zeros_like(values, dtype=torch.bool).scatter_(1, order[:, :count], True)


@lru_cache(maxsize=32)
def _random_rank(seed: int, dimensions: int) -> Tensor:
    """A seeded permutation: dimension j is the rank[j]-th to go, the same for every class and step."""
    rank = np.random.Generator(np.random.Philox(key=[seed, 0])).permutation(dimensions)
    return torch.from_numpy(rank)
