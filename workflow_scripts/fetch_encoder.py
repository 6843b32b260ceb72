"""Entry point of rule fetch_encoder."""

from pathlib import Path
from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.encoders import fetch_encoder

    fetch_encoder(
        asset=snakemake.params.asset,
        root=Path(snakemake.scriptdir).resolve().parent,
        output=snakemake.output.encoder,
    )
