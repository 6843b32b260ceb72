"""Rule run_trunk: the unpruned trajectories of a shard, with the snapshots from which late variants continue."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    device = begin(snakemake)

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from semantic_bottleneck.files import parquet
from semantic_bottleneck.sampling import trajectory
from semantic_bottleneck.sampling.model_run import prepare, write_latents
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.sample_plan import SamplePlan
from semantic_bottleneck.study.typed import typed


def run_trunk(
    card: Mapping,
    weights: str | Path,
    inputs: str | Path | None,
    shard: int,
    name: str,
    plan: SamplePlan,
    snapshot_steps: Sequence[int],
    parts: str | Path,
    code: str,
    latents: str | Path,
    snapshots: Sequence[str],
    device: str,
) -> None:
    """Write the shard's final latents and, for each of `snapshot_steps`, the states before that step.

    `name` is the variant's: the baseline, or a compressed form of the model whose card and weights are given.
    `parts` is the folder for finished micro-batches; `code` keeps those of another version of the code from being reused.
    """
    model, samples = typed(Card, card), plan.shard(shard)
    settings = {"snapshots": list(snapshot_steps), "code": code}
    generation = prepare(model, weights, inputs, plan, parts, device, name, settings)
    result = trajectory.run_trunk(generation, samples, snapshot_steps)
    for step, path in zip(snapshot_steps, snapshots, strict=True):
        metadata = {"model": model.name, "step": str(step)}
        parquet.write(path, {"sample": result.samples, "state": result.snapshots[step]}, metadata)
    write_latents(latents, generation, result, model, plan, samples)
    shutil.rmtree(parts, ignore_errors=True)


if __name__ == "__main__":
    run_trunk(
        card=snakemake.params.card,
        weights=snakemake.input.weights,
        inputs=snakemake.input.inputs or None,
        shard=int(snakemake.wildcards.shard),
        name=snakemake.wildcards.get("variant", "baseline"),
        plan=SamplePlan(**snakemake.params.plan),
        snapshot_steps=snakemake.params.snapshot_steps,
        parts=snakemake.params.parts,
        code=snakemake.params.code,
        latents=snakemake.output.latents,
        snapshots=snakemake.output.get("snapshots", []),
        device=device,
    )
