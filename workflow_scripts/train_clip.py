"""Entry point of rule train_clip."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.clip import make_clip

    make_clip(
        data=snakemake.params.data,
        seed=snakemake.params.seed,
        folder=snakemake.params.folder,
    )
