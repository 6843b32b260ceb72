"""Entry point of rule embed_reference."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake.log[0]):
    from semantic_bottleneck.devices import claim_device

    device = claim_device(snakemake.resources.gpu)
    from semantic_bottleneck.stages.reference import embed_reference

    embed_reference(
        data=snakemake.params.data,
        evaluation=snakemake.params.evaluation,
        evaluators=list(snakemake.input.evaluators),
        reference=snakemake.output.reference,
        texts=snakemake.output.texts,
        device=device,
    )
