"""Entry point of rule score_variant."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.scoring import score_files

    score_files(
        model=snakemake.wildcards.model,
        variant=snakemake.wildcards.variant,
        features=list(snakemake.input.features),
        baseline=list(snakemake.input.baseline),
        reference=snakemake.input.reference,
        statistics=snakemake.input.statistics,
        texts=snakemake.input.texts,
        classes=snakemake.params.classes,
        groups=snakemake.params.groups,
        protocol=snakemake.params.protocol,
        output=snakemake.output.scores,
        replicates=snakemake.output.replicates,
    )
