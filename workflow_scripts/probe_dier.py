"""Entry point of rule probe_dier."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.devices import claim_device

    device = claim_device(snakemake.resources.gpu)
    from semantic_bottleneck.stages.dier_probes import probe

    probe(
        card=snakemake.params.card,
        files=list(snakemake.input.data),
        run=snakemake.params.run,
        weights=snakemake.input.weights,
        measures=snakemake.output.measures,
        embeddings=snakemake.output.embeddings,
        device=device,
    )
