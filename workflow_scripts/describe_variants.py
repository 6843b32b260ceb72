"""Entry point of rule describe_variants."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.variants import describe_variants

    describe_variants(
        conditions=snakemake.input.conditions,
        variants=snakemake.params.variants,
        generation=snakemake.params.generation,
        output=snakemake.output.variants,
    )
