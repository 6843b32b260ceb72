"""Which dimensions of the conditional vector are pruned, at which steps, and by what they are replaced.

A variant is a mapping (validated by config/schemas/study.schema.yaml):
    side          tail | head | random; a variant without a side is the unpruned baseline
    tau           fixed threshold on the magnitude (the paper's criterion, Eq. 2)
    quantile      threshold such that this share of all conditions' entries at the initial step is removed
    count         number of dimensions per vector
    fraction      share of dimensions per vector
    like          random only: remove as many dimensions of each vector as this side (tail | head) would
    magnitude     c | silu: rank by |c_i| or by |SiLU(c_i)|, what AdaLN consumes
    replacement   zero | class-mean: the value a pruned dimension gets
    window        every | first | last
    last_steps    last only: how many steps (the study's default otherwise)
    null          whether the null (unconditional) vector is pruned by the same rule
    seed          random only
Exactly one of tau, quantile, count, fraction is present.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import silu

Edit = Callable[[Tensor], Tensor]


def magnitudes(c: Tensor, variant: Mapping) -> Tensor:
    """|c| or |SiLU(c)| as the variant says; (N, D)."""
    return (silu(c) if variant["magnitude"] == "silu" else c).abs()


def resolve_threshold(variant: Mapping, initial: Tensor) -> float | None:
    """The threshold tau of a variant given the (n, D) vectors of all conditions at the initial step; None for counts."""
    if "quantile" in variant:
        values = magnitudes(initial, variant).double().cpu().numpy()
        return float(np.quantile(values, variant["quantile"] if _ranks(variant) == "tail" else 1 - variant["quantile"]))
    return variant.get("tau")


def select(c: Tensor, variant: Mapping, threshold: float | None) -> Tensor:
    """Boolean (N, D): True where a dimension of that row is pruned. Each row is judged by itself."""
    values = magnitudes(c, variant)
    tail = _ranks(variant) == "tail"
    if threshold is not None:
        chosen = values < threshold if tail else values > threshold
    else:
        count = variant["count"] if "count" in variant else round(variant["fraction"] * c.shape[1])
        order = values.argsort(dim=1, descending=not tail, stable=True)
        chosen = torch.zeros_like(values, dtype=torch.bool).scatter_(1, order[:, :count], True)
    if variant["side"] != "random":
        return chosen
    rank = _random_rank(variant["seed"], c.shape[1]).to(c.device)
    return rank < chosen.sum(dim=1, keepdim=True)


def pruning_edit(
    variant: Mapping, threshold: float | None, null_rows: Tensor | None, class_mean: Callable[[], Tensor] | None
) -> Edit:
    """The function applied to c (N, D) before any layer consumes it.

    Args:
        null_rows: boolean (N,), the rows of the batch that hold the null condition, or None if there are none.
        class_mean: gives the (D,) mean of c over classes at this timestep; only called when the replacement asks for it.
    """

    def edit(c: Tensor) -> Tensor:
        chosen = select(c, variant, threshold)
        if null_rows is not None and not variant["null"]:
            chosen = chosen & ~null_rows[:, None]
        value = torch.zeros((), dtype=c.dtype, device=c.device)
        if variant["replacement"] == "class-mean":
            assert class_mean is not None
            value = class_mean().to(c)
        return torch.where(chosen, value, c)

    return edit


def _ranks(variant: Mapping) -> str:
    """Which end of the magnitude ranking decides how many dimensions go."""
    return variant["like"] if variant["side"] == "random" else variant["side"]


@lru_cache(maxsize=32)
def _random_rank(seed: int, dimensions: int) -> Tensor:
    """A seeded permutation: dimension j is the rank[j]-th to go, the same for every class and step."""
    rank = np.random.Generator(np.random.Philox(key=[seed, 0])).permutation(dimensions)
    return torch.from_numpy(rank)
