"""Entry point of rule render_dynamics."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.dynamics_report import render_dynamics

    render_dynamics(
        described=snakemake.params.described,
        files={kind: list(files) for kind, files in snakemake.input.items()},
        missing=snakemake.params.missing,
        study=snakemake.params.study,
        facts=snakemake.params.facts,
        template=snakemake.input.templates[0],
        output=snakemake.output.page,
    )
