"""Entry point of rule train_model."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.training import make_model

    make_model(
        card=snakemake.params.card,
        data=snakemake.params.data,
        classifier=snakemake.input.classifier,
        seed=snakemake.params.seed,
        checkpoint_steps=snakemake.params.steps,
        folder=snakemake.params.folder,
    )
