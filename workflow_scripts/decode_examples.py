"""Entry point of rule decode_examples."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.devices import claim_device

    device = claim_device(snakemake.resources.gpu, snakemake.resources.gpu_slots)
    from semantic_bottleneck.stages.decoding import decode_examples

    decode_examples(
        card=snakemake.params.card,
        latents=snakemake.input.latents,
        decoder=snakemake.input.decoder or None,
        first=snakemake.params.first,
        output=snakemake.output.images,
        device=device,
    )
