"""Which dimensions of the conditional vector a variant changes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import silu

from semantic_bottleneck.pruning.spread import Spread
from semantic_bottleneck.study.pruning import Count, Fraction, Pruning, Quantile, Ranks, Tau


def resolve(pruning: Pruning, initial: Callable[[], Tensor], spread: Spread | None = None) -> Pruning:
    """The same pruning with a threshold in the place of a quantile.

    Args:
        initial: gives the (n, D) vectors of all conditions at the initial step; only called for a quantile.
        spread: of the conditions at the initial step.
    """
    if not isinstance(pruning.criterion, Quantile):
        return pruning
    values, share = _ranked(initial(), pruning, spread).double().cpu().numpy(), pruning.criterion.share
    threshold = float(np.quantile(values, share if pruning.ranks == "tail" else 1 - share))
    return replace(pruning, criterion=Tau(threshold))


def select(c: Tensor, pruning: Pruning, spread: Spread | None = None, orders: Tensor | None = None) -> Tensor:
    """Boolean (N, D): True where a dimension of that row is changed.

    Args:
        c: (N, D). Each row is judged by itself, unless the variant ranks what all conditions have in common.
        spread: of the model's conditions at this timestep; only shared masks and variances ask for it.
        orders: int64 (N, D), see `random_orders`; None for those of the first draw, row i being condition i.

    Raises:
        ValueError: the criterion is a quantile, which has no threshold until `resolve` takes it.
    """
    values = _ranked(c, pruning, spread)
    descending = pruning.ranks != "tail"
    match pruning.criterion:
        case Tau(threshold):
            chosen = values > threshold if descending else values < threshold
        case Count(dimensions):
            chosen = _between(values, range(dimensions), descending)
        case Fraction(share):
            chosen = _between(values, range(round(share * c.shape[1])), descending)
        case Ranks():
            chosen = _between(values, pruning.criterion.among(c.shape[1]), descending)
        case Quantile():
            raise ValueError("a quantile is no threshold yet; resolve the pruning first.")
    chosen = chosen.expand_as(c)
    if pruning.side != "random":
        return chosen
    if orders is None:
        orders = random_orders(pruning, [0] * len(c), range(len(c)), c.shape[1])
    return orders.to(c.device) < chosen.sum(dim=1, keepdim=True)


def random_orders(pruning: Pruning, draws: Sequence[int], conditions: Sequence[int], dimensions: int) -> Tensor:
    """In which order dimensions go: row r has a 0 at the one that goes first; int64 (N, D).

    Args:
        draws: of each row, the number of its draw: rows of one draw share it.
        conditions: of each row, -1 for the null condition; only masks per vector differ by it.
    """
    shared = pruning.mask == "shared"
    rows = [
        _random_order(pruning.seed, draw, 0 if shared else condition + 2, dimensions)
        for draw, condition in zip(draws, conditions, strict=True)
    ]
    return torch.from_numpy(np.stack(rows))


def _ranked(c: Tensor, pruning: Pruning, spread: Spread | None) -> Tensor:
    """What the variant ranks: (N, D), or (1, D) where it is the same for all rows."""
    if pruning.ranked_by.endswith("variance") or (pruning.mask == "shared" and pruning.side != "random"):
        if spread is None:
            raise ValueError(f"a {pruning.mask} mask by {pruning.ranked_by} needs the spread of the conditions.")
        if pruning.ranked_by == "class-variance":
            return spread.variance().to(c)[None]
        if pruning.ranked_by == "time-variance":
            return spread.time_variance().to(c)[None]
        c = spread.mean().to(c)[None]
    return (silu(c) if pruning.ranked_by == "silu" else c).abs()


def _between(values: Tensor, places: range, descending: bool) -> Tensor:
    """Boolean, as `values` (N, D): True at these places of each row's order; equal entries by their dimensions."""
    order = values.argsort(dim=1, descending=descending, stable=True)
    chosen = order[:, places.start : places.stop]
    return torch.zeros_like(values, dtype=torch.bool).scatter_(1, chosen, True)


@lru_cache(maxsize=4096)
def _random_order(seed: int, draw: int, stream: int, dimensions: int) -> np.ndarray:
    """A seeded permutation: dimension j is the order[j]-th to go."""
    philox = np.random.Philox(key=[seed, draw], counter=[0, 0, 0, stream])
    return np.random.Generator(philox).permutation(dimensions)
