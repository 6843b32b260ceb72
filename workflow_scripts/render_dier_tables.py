"""Entry point of rule render_dier_tables."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.dier_report import render_tables

    render_tables(
        measures=list(snakemake.input.measures),
        logs=list(snakemake.input.logs),
        study=snakemake.params.study,
        folder=snakemake.params.folder,
    )
