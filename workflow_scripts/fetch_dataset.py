"""Entry point of rule fetch_dataset."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.datasets import fetch

    fetch(
        card=snakemake.params.card,
        name=snakemake.wildcards.file,
        destination=snakemake.output.file,
    )
