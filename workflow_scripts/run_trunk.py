"""Entry point of rule run_trunk."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.devices import claim_device

    device = claim_device(snakemake.resources.gpu, snakemake.resources.gpu_slots)
    from semantic_bottleneck.stages.trunk import run_trunk_shard

    run_trunk_shard(
        card=snakemake.params.card,
        weights=snakemake.input.weights,
        inputs=snakemake.input.inputs or None,
        shard=int(snakemake.wildcards.shard),
        trajectory=snakemake.params.trajectory,
        snapshot_steps=snakemake.params.snapshot_steps,
        parts=snakemake.params.parts,
        code=snakemake.params.code,
        latents=snakemake.output.latents,
        snapshots=snakemake.output.snapshots,
        device=device,
    )
