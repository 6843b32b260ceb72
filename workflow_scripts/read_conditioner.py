"""Entry point of rule read_conditioner."""

from pathlib import Path
from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.conditioner import read_conditioner

    read_conditioner(
        card=snakemake.params.card,
        names=snakemake.params.checkpoints,
        checkpoints=list(snakemake.input.checkpoints),
        root=Path(snakemake.scriptdir).resolve().parent,
        outputs=list(snakemake.output.tensors),
    )
