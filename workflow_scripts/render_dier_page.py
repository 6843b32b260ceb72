"""Entry point of rule render_dier_page."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.dier_report import render_dier_page

    render_dier_page(
        measures=list(snakemake.input.measures),
        tables=list(snakemake.input.tables),
        figures=list(snakemake.input.figures),
        study=snakemake.params.study,
        template=snakemake.input.templates[0],
        page=snakemake.output.page,
    )
