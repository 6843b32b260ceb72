"""Entry point of rule render_dier_figures."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.dier_report import render_figures

    render_figures(
        measures=list(snakemake.input.measures),
        logs=list(snakemake.input.logs),
        study=snakemake.params.study,
        folder=snakemake.params.folder,
    )
