"""Entry point of rule render_figure."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.figures import render_figure

    render_figure(
        name=snakemake.wildcards.figure,
        wanted=snakemake.params.wanted,
        not_run=snakemake.params.not_run,
        files={kind: list(files) for kind, files in snakemake.input.items()},
        published=list(snakemake.input.published),
        study=snakemake.params.study,
        outputs=list(snakemake.output),
    )
