"""Entry point of rule train_dynamics."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.devices import claim_device

    device = claim_device(snakemake.resources.gpu)
    from semantic_bottleneck.stages.dynamics import run_dynamics

    run_dynamics(
        run=snakemake.wildcards.run,
        card=snakemake.params.card,
        data=snakemake.params.data,
        classifier=snakemake.input.get("classifier"),
        seed=snakemake.params.seed,
        checkpoints=snakemake.params.checkpoints,
        timesteps=snakemake.params.timesteps,
        gpus=snakemake.resources.gpu,
        device=device,
        folder=snakemake.params.folder,
    )
