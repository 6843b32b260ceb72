"""Entry point of rule prepare_inputs."""

from pathlib import Path
from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.devices import claim_device

    device = claim_device(snakemake.resources.gpu)
    from semantic_bottleneck.stages.inputs import prepare_inputs

    prepare_inputs(
        card=snakemake.params.card,
        root=Path(snakemake.scriptdir).resolve().parent,
        output=snakemake.output.inputs,
        device=device,
        contents=snakemake.params.contents,
    )
