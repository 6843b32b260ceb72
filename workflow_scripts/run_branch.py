"""Rule run_branch: the pruned trajectories of a shard, continued from the baseline where the variant only acts late."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    device = begin(snakemake)

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from semantic_bottleneck.conditioning.vectors import timestep_grid
from semantic_bottleneck.files import parquet
from semantic_bottleneck.sampling import trajectory
from semantic_bottleneck.sampling.class_protocol import drawing_groups
from semantic_bottleneck.sampling.edits import edit_at
from semantic_bottleneck.sampling.model_run import ConditionVectors, prepare, write_latents
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.pruning import Pruning
from semantic_bottleneck.study.sample_plan import SamplePlan
from semantic_bottleneck.study.typed import required, typed


def run_branch(
    card: Mapping,
    weights: str | Path,
    inputs: str | Path | None,
    snapshot: str | Path | None,
    shard: int,
    name: str,
    variant: Mapping,
    pruned_steps: Sequence[int],
    start_step: int,
    groups: int | None,
    timesteps: int,
    plan: SamplePlan,
    parts: str | Path,
    code: str,
    latents: str | Path,
    device: str,
) -> None:
    """Write the shard's final latents under a pruning variant.

    Args:
        snapshot: the baseline's states before `start_step`; None to start from noise.
        variant: as the study describes it; also part of the fingerprint of unfinished work.
        pruned_steps: the steps at which c is pruned.
        groups: of samples that share a random choice of dimensions; None where none is drawn.
        timesteps: points of the grid over which the ranking is taken.
        parts: folder for finished micro-batches; `code` keeps those of another version of the code from being reused.
    """
    model, pruning, samples = typed(Card, card), Pruning.from_plain(variant), plan.shard(shard)
    conditioning = required(model.conditioning)
    settings = {"variant": dict(variant), "steps": list(pruned_steps), "start": start_step, "code": code}
    settings |= {"groups": groups, "timesteps": timesteps}
    generation = prepare(model, weights, inputs, plan, parts, device, name, settings)
    states = None if snapshot is None else parquet.read(snapshot)["state"]
    vectors = ConditionVectors(generation.network, conditioning, inputs, device)
    grid, draws = timestep_grid(conditioning, timesteps), drawing_groups(plan.samples, model.labels, groups)
    edit = edit_at(generation.network, vectors, grid, pruning, pruned_steps, draws)
    result = trajectory.run_branch(generation, samples, edit, start_step, states)
    write_latents(latents, generation, result, model, plan, samples)
    shutil.rmtree(parts, ignore_errors=True)


if __name__ == "__main__":
    run_branch(
        card=snakemake.params.card,
        weights=snakemake.input.weights,
        inputs=snakemake.input.inputs or None,
        snapshot=snakemake.input.snapshot or None,
        shard=int(snakemake.wildcards.shard),
        name=snakemake.wildcards.variant,
        variant=snakemake.params.variant,
        pruned_steps=snakemake.params.pruned_steps,
        start_step=snakemake.params.start_step,
        groups=snakemake.params.groups,
        timesteps=snakemake.params.timesteps,
        plan=SamplePlan(**snakemake.params.plan),
        parts=snakemake.params.parts,
        code=snakemake.params.code,
        latents=snakemake.output.latents,
        device=device,
    )
