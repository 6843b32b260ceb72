"""Entry point of rule render_report."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.report import make_report

    make_report(
        files={kind: list(files) for kind, files in snakemake.input.items()},
        study=snakemake.params.study,
        config=snakemake.params.config,
        cards=snakemake.params.cards,
        not_run=snakemake.params.not_run,
        template=snakemake.input.templates[0],
        report=snakemake.output.report,
        metrics=snakemake.output.metrics,
        provenance=snakemake.output.provenance,
    )
