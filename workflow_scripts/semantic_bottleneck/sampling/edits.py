"""Which edit of c a pruning variant makes at which step of a model's trajectory."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from semantic_bottleneck.models.condition_rows import ConditionRows
from semantic_bottleneck.pruning.criteria import pruning_edit, resolve
from semantic_bottleneck.sampling.model_run import ConditionVectors
from semantic_bottleneck.sampling.trajectory import EditAt
from semantic_bottleneck.study.pruning import Pruning


def edit_at(network: Any, vectors: ConditionVectors, initial: float, pruning: Pruning | None, steps: Sequence[int]) -> EditAt:
    """step -> the function (labels, timestep) -> edit of c, or None where the step is not among the pruned `steps`.

    Shares and class means are taken over all conditions of the model, whichever of them this shard samples.
    """
    if pruning is None:
        return lambda step: None
    null = getattr(network, "null_label", None)
    resolved, pruned = resolve(pruning, lambda: vectors.at(initial)), frozenset(steps)

    @lru_cache(maxsize=2)
    def class_mean(timestep):
        return vectors.at(timestep).mean(dim=0)

    def edit(labels, timestep):
        if isinstance(labels, ConditionRows):
            present = labels.get("present")
            rows = None if present is None else present == 0
        else:
            rows = None if null is None else labels == null
        return pruning_edit(resolved, rows, lambda: class_mean(timestep))

    return lambda step: edit if step in pruned else None
