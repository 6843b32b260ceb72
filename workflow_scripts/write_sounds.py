"""Entry point of rule write_sounds."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.sounds import write_sounds

    write_sounds(examples=snakemake.input.examples, folder=snakemake.output.sounds)
