"""Entry point of rule extract_conditions."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.conditions import extract_conditions

    extract_conditions(
        card=snakemake.params.card,
        model=snakemake.wildcards.model,
        checkpoints=snakemake.params.checkpoints,
        timesteps=snakemake.params.timesteps,
        conditioners=list(snakemake.input.conditioners),
        inputs=snakemake.input.inputs or None,
        outputs=list(snakemake.output.conditions),
    )
