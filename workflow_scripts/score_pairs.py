"""Entry point of rule score_pairs."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.pairs import score_pair_files

    score_pair_files(
        model=snakemake.wildcards.model,
        variant=snakemake.wildcards.variant,
        measured=list(snakemake.input.measured),
        baseline=list(snakemake.input.baseline),
        reference=snakemake.input.reference,
        groups=snakemake.params.groups,
        output=snakemake.output.scores,
    )
