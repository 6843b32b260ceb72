"""Entry point of rule fetch_checkpoint."""

from pathlib import Path
from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.fetch import fetch

    fetch(
        card=snakemake.params.card,
        root=Path(snakemake.scriptdir).resolve().parent,
        output=snakemake.output.checkpoint,
    )
