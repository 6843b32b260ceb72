"""Rule run_branch: the pruned trajectories of a shard, continued from the baseline where the variant only acts late."""

import shutil
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from torch import nn

from semantic_bottleneck import parquet
from semantic_bottleneck.models.condition_rows import ConditionRows
from semantic_bottleneck.pruning import pruning_edit, resolve_threshold
from semantic_bottleneck.sampling.trajectory import run_branch
from semantic_bottleneck.trajectories import ConditionVectors, prepare, samples_of, write_latents


def run_branch_shard(
    card: Mapping,
    weights: str | Path,
    inputs: str | Path | None,
    snapshot: str | Path | None,
    shard: int,
    name: str,
    variant: Mapping,
    pruned_steps: Sequence[int],
    start_step: int,
    trajectory: Mapping,
    parts: str | Path,
    code: str,
    latents: str | Path,
    device: str,
) -> None:
    """Write the shard's final latents under a pruning variant.

    Args:
        snapshot: the baseline's states before `start_step`; None to start from noise.
        pruned_steps: the steps at which c is pruned.
        parts: folder for finished micro-batches; `code` keeps those of another version of the code from being reused.
    """
    samples = samples_of(trajectory, shard)
    settings = {"variant": dict(variant), "steps": list(pruned_steps), "start": start_step, "code": code}
    generation = prepare(card, weights, inputs, trajectory, parts, device, name, settings)
    states = None if snapshot is None else parquet.read(snapshot)["state"]
    vectors = ConditionVectors(generation.network, card["conditioning"], inputs, device)
    edit = edit_at(generation.network, vectors, card["conditioning"]["initial_timestep"], variant, pruned_steps)
    result = run_branch(generation, samples, edit, start_step, states)
    write_latents(latents, generation, result, card, trajectory, samples)
    shutil.rmtree(parts, ignore_errors=True)


def edit_at(network: nn.Module, vectors: ConditionVectors, initial: float, variant: Mapping, pruned_steps: Sequence[int]):
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
            rows = labels["present"] == 0 if "present" in labels else None
        else:
            rows = None if null is None else labels == null
        return pruning_edit(variant, threshold, rows, lambda: class_mean(timestep))

    return lambda step: edit if step in pruned else None
