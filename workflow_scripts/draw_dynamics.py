"""Entry point of rule draw_dynamics."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.dynamics_figures import draw_dynamics

    draw_dynamics(
        name=snakemake.wildcards.figure,
        described=snakemake.params.described,
        files={kind: list(files) for kind, files in snakemake.input.items()},
        outputs=list(snakemake.output),
    )
