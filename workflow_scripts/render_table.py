"""Entry point of rule render_table."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.tables import render_table

    render_table(
        name=snakemake.wildcards.table,
        wanted=snakemake.params.wanted,
        not_run=snakemake.params.not_run,
        files={kind: list(files) for kind, files in snakemake.input.items()},
        published=list(snakemake.input.published),
        study=snakemake.params.study,
        folder=snakemake.params.folder,
    )
