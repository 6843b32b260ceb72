"""Entry point of rule extract_features."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake.log[0]):
    from semantic_bottleneck.devices import claim_device

    device = claim_device(snakemake.resources.gpu)
    from semantic_bottleneck.stages.features import extract_features

    extract_features(
        images=snakemake.input.images,
        evaluation=snakemake.params.evaluation,
        evaluators=list(snakemake.input.evaluators),
        output=snakemake.output.features,
        device=device,
    )
