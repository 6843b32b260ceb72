"""Entry point of rule fetch_network."""

from pathlib import Path
from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.networks import fetch_network

    fetch_network(
        asset=snakemake.params.asset,
        root=Path(snakemake.scriptdir).resolve().parent,
        output=snakemake.output.tensors,
    )
