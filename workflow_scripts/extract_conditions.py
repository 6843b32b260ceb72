"""Entry point of rule extract_conditions."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake.log[0]):
    from semantic_bottleneck.stages.conditions import extract_conditions

    extract_conditions(
        card=snakemake.params.card,
        model=snakemake.wildcards.model,
        checkpoint=snakemake.wildcards.checkpoint,
        timesteps=snakemake.params.timesteps,
        tensors=snakemake.input.conditioner,
        inputs=snakemake.input.inputs or None,
        output=snakemake.output.conditions,
    )
