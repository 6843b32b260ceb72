"""Entry point of rule extract_features."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.devices import claim_device

    device = claim_device(snakemake.resources.gpu, snakemake.resources.gpu_slots)
    from semantic_bottleneck.stages.features import extract_features

    extract_features(
        card=snakemake.params.card,
        latents=snakemake.input.latents,
        decoder=snakemake.input.decoder or None,
        micro_batch=snakemake.params.micro_batch,
        judging=snakemake.params.judging,
        evaluators={role: list(snakemake.input[role]) for role in ("extractor", "clip", "dinov2")},
        output=snakemake.output.features,
        device=device,
    )
