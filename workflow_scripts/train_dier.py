"""Entry point of rule train_dier."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.devices import claim_device

    device = claim_device(snakemake.resources.gpu)
    from semantic_bottleneck.stages.dier import train

    train(
        card=snakemake.params.card,
        files=list(snakemake.input.data),
        run=snakemake.params.run,
        weights=snakemake.output.weights,
        log=snakemake.output.log,
        work=snakemake.params.work,
        device=device,
    )
