"""Entry point of rule embed_reference."""

from pathlib import Path
from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.devices import claim_device

    device = claim_device(snakemake.resources.gpu)
    from semantic_bottleneck.stages.reference import embed_reference

    embed_reference(
        data=snakemake.params.data,
        source=snakemake.params.source,
        judging=snakemake.params.judging,
        prompt=snakemake.params.prompt,
        evaluators={role: list(snakemake.input[role]) for role in ("extractor", "clip", "dinov2")},
        root=Path(snakemake.scriptdir).resolve().parent,
        outputs={name: snakemake.output[name] for name in ("reference", "statistics", "texts")},
        device=device,
    )
