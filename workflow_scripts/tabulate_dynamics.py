"""Entry point of rule tabulate_dynamics."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.dynamics_tables import tabulate_dynamics

    tabulate_dynamics(
        described=snakemake.params.described,
        files={kind: list(files) for kind, files in snakemake.input.items()},
        study=snakemake.params.study,
        folder=snakemake.params.folder,
    )
