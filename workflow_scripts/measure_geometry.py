"""Entry point of rule measure_geometry."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.geometry import measure_geometry

    measure_geometry(
        conditions=list(snakemake.input.conditions),
        output=snakemake.output.geometry,
    )
