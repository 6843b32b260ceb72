"""Entry point of rule embed_training_pictures."""

from pathlib import Path
from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.devices import claim_device

    device = claim_device(snakemake.resources.gpu, snakemake.resources.gpu_slots)
    from semantic_bottleneck.stages.pairs import embed_training_pictures

    embed_training_pictures(
        card=snakemake.params.card,
        root=Path(snakemake.scriptdir).resolve().parent,
        inception=snakemake.input.inception,
        batch=snakemake.params.batch,
        output=snakemake.output.reference,
        device=device,
    )
