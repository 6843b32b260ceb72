"""Entry point of rule write_plan."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.plan import write_plan

    write_plan(
        study=snakemake.params.study,
        generation=snakemake.params.generation,
        cards=snakemake.params.cards,
        calibration=snakemake.input.calibration,
        fetched=snakemake.params.fetched,
        assets=snakemake.params.assets,
        not_run=snakemake.params.not_run,
        evaluation=snakemake.params.evaluation,
        lock=snakemake.input.lock or None,
        data=snakemake.output.data,
        markdown=snakemake.output.markdown,
    )
