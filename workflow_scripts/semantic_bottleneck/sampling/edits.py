"""Which edit of c a pruning variant makes at which step of a model's trajectory."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from semantic_bottleneck.models.condition_rows import ConditionRows
from semantic_bottleneck.pruning.criteria import pruning_edit, resolve_threshold
from semantic_bottleneck.sampling.model_run import ConditionVectors


def edit_at(network: Any, vectors: ConditionVectors, initial: float, variant: Mapping, pruned_steps: Sequence[int]):
    """step -> the function (labels, timestep) -> edit of c, or None where the step is not pruned.

    Shares and class means are taken over all conditions of the model, whichever of them this shard samples.
    """
    null = getattr(network, "null_label", None)
    threshold = resolve_threshold(variant, vectors.at(initial)) if "quantile" in variant else variant.get("tau")
    pruned = frozenset(pruned_steps)

    @lru_cache(maxsize=2)
    def class_mean(timestep):
        return vectors.at(timestep).mean(dim=0)

    def edit(labels, timestep):
        if isinstance(labels, ConditionRows):
            present = labels.get("present")
            rows = None if present is None else present == 0
        else:
            rows = None if null is None else labels == null
        return pruning_edit(variant, threshold, rows, lambda: class_mean(timestep))

    return lambda step: edit if step in pruned else None
