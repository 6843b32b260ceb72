"""Entry point of rule fetch_decoder."""

from pathlib import Path
from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.decoders import fetch_decoder

    fetch_decoder(
        asset=snakemake.params.asset,
        root=Path(snakemake.scriptdir).resolve().parent,
        output=snakemake.output.decoder,
    )
