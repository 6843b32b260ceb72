"""Entry point of rule measure_pairs."""

from pathlib import Path
from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.devices import claim_device

    device = claim_device(snakemake.resources.gpu, snakemake.resources.gpu_slots)
    from semantic_bottleneck.stages.pairs import measure_pairs

    measure_pairs(
        card=snakemake.params.card,
        root=Path(snakemake.scriptdir).resolve().parent,
        latents=snakemake.input.latents,
        decoder=snakemake.input.decoder or None,
        inception=snakemake.input.inception,
        alexnet=snakemake.input.alexnet,
        micro_batch=snakemake.params.micro_batch,
        batch=snakemake.params.batch,
        output=snakemake.output.measured,
        device=device,
    )
