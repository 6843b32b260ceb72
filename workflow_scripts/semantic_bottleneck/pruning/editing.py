"""What a variant makes of the dimensions that it chose."""

from collections.abc import Callable

import torch
from torch import Tensor

from semantic_bottleneck.pruning.criteria import select
from semantic_bottleneck.pruning.spread import Spread
from semantic_bottleneck.study.pruning import Pruning

Edit = Callable[[Tensor], Tensor]
Given = Callable[[Tensor], Tensor] | None
"""A function of c (N, D) that gives a tensor of its shape."""


def pruning_edit(
    pruning: Pruning,
    null_rows: Tensor | None = None,
    spread: Spread | None = None,
    orders: Given = None,
    others: Given = None,
    noise: Given = None,
) -> Edit:
    """The function applied to c (N, D) before any layer consumes it. Tensors are asked for only where the variant needs them.

    Args:
        pruning: resolved.
        null_rows: boolean (N,), the rows of the batch that hold the null condition, or None if there are none.
        spread: of the model's conditions at this timestep.
        orders: int64 (N, D), see `criteria.random_orders`.
        others: (N, D), at this timestep, the vector of each row's other condition; null rows, which have none, stay.
        noise: (N, D) standard normal.
    """

    def edit(c: Tensor) -> Tensor:
        random = pruning.side == "random" and orders is not None
        chosen = select(c, pruning, spread, _asked(orders, c) if random else None)
        if null_rows is not None and (pruning.branch == "conditional" or pruning.replacement == "other-class"):
            chosen = chosen & ~null_rows[:, None]
        return torch.where(chosen, _value(c), c)

    def _value(c: Tensor) -> Tensor:
        if pruning.noise is not None:
            return c + pruning.noise * _spread().variance().sqrt().to(c) * _asked(noise, c)
        match pruning.replacement:
            case "class-mean":
                return _spread().mean().to(c)
            case "other-class":
                return _asked(others, c)
        return torch.zeros((), dtype=c.dtype, device=c.device)

    def _spread() -> Spread:
        assert spread is not None  # what calls this for a model knows its conditions
        return spread

    return edit


def _asked(given: Given, c: Tensor) -> Tensor:
    assert given is not None  # as above
    return given(c)
