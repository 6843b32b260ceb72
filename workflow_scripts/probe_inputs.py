"""Entry point of rule probe_inputs."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.dier_probes import probe_inputs

    probe_inputs(
        card=snakemake.params.card,
        files=list(snakemake.input.data),
        run=snakemake.params.run,
        components=snakemake.params.components,
        measures=snakemake.output.measures,
    )
