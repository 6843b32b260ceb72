"""Entry point of rule measure_slicing."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.devices import claim_device

    device = claim_device(snakemake.resources.gpu)
    from semantic_bottleneck.stages.slicing import measure_slicing_of

    measure_slicing_of(
        conditions=snakemake.input.conditions,
        card=snakemake.params.card,
        variants=snakemake.params.variants,
        output=snakemake.output.costs,
        device=device,
    )
