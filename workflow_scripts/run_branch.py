"""Entry point of rule run_branch."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.devices import claim_device

    device = claim_device(snakemake.resources.gpu, snakemake.resources.gpu_slots)
    from semantic_bottleneck.stages.branch import run_branch_shard

    run_branch_shard(
        card=snakemake.params.card,
        weights=snakemake.input.weights,
        inputs=snakemake.input.inputs or None,
        snapshot=snakemake.input.snapshot or None,
        shard=int(snakemake.wildcards.shard),
        name=snakemake.wildcards.variant,
        variant=snakemake.params.variant,
        pruned_steps=snakemake.params.pruned_steps,
        start_step=snakemake.params.start_step,
        trajectory=snakemake.params.trajectory,
        parts=snakemake.params.parts,
        code=snakemake.params.code,
        latents=snakemake.output.latents,
        device=device,
    )
