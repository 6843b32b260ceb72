"""Entry point of rule calibrate_device."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.devices import claim_device

    device = claim_device(snakemake.resources.gpu)
    from semantic_bottleneck.stages.plan import calibrate_device

    calibrate_device(
        cards=snakemake.params.cards,
        numerics=snakemake.params.numerics,
        rows=snakemake.params.rows,
        budget=snakemake.params.budget,
        device=device,
        output=snakemake.output.calibration,
    )
