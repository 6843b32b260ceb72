"""Rule run_trunk: the unpruned trajectories of a shard, with the snapshots from which late variants continue."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from semantic_bottleneck import parquet
from semantic_bottleneck.sampling.trajectory import run_trunk
from semantic_bottleneck.trajectories import prepare, samples_of, write_latents


def run_trunk_shard(
    card: Mapping,
    weights: str | Path,
    inputs: str | Path | None,
    shard: int,
    trajectory: Mapping,
    snapshot_steps: Sequence[int],
    parts: str | Path,
    code: str,
    latents: str | Path,
    snapshots: Sequence[str],
    device: str,
) -> None:
    """Write the shard's final latents and, for each of `snapshot_steps`, the states before that step.

    `parts` is the folder for finished micro-batches; `code` keeps those of another version of the code from being reused.
    """
    samples = samples_of(trajectory, shard)
    settings = {"snapshots": list(snapshot_steps), "code": code}
    generation = prepare(card, weights, inputs, trajectory, parts, device, "baseline", settings)
    result = run_trunk(generation, samples, snapshot_steps)
    for step, path in zip(snapshot_steps, snapshots, strict=True):
        metadata = {"model": card["name"], "step": str(step)}
        parquet.write(path, {"sample": result.samples, "state": result.snapshots[step]}, metadata)
    write_latents(latents, generation, result, card, trajectory, samples)
    shutil.rmtree(parts, ignore_errors=True)
