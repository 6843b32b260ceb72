"""Entry point of rule train_classifier."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.training import make_classifier

    make_classifier(
        data=snakemake.params.data,
        seed=snakemake.params.seed,
        output=snakemake.output.classifier,
    )
