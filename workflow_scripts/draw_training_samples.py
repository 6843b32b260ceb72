"""Entry point of rule draw_training_samples."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.previews import draw_previews

    draw_previews(
        card=snakemake.params.card,
        checkpoints=list(snakemake.input.steps),
        steps=snakemake.params.steps,
        seed=snakemake.params.seed,
        output=snakemake.output.png,
    )
