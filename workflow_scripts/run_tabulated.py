"""Rule run_tabulated: the trajectories of a shard with every modulation read from a table, exact or additive."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    device = begin(snakemake)

import shutil
from collections.abc import Mapping
from pathlib import Path

from semantic_bottleneck.compression.fed_rows import fed_rows
from semantic_bottleneck.compression.tables import additive_tables, exact_tables, looked_up
from semantic_bottleneck.sampling import trajectory
from semantic_bottleneck.sampling.model_run import prepare, write_latents
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.compressed import ADDITIVE
from semantic_bottleneck.study.sample_plan import SamplePlan
from semantic_bottleneck.study.typed import typed


def run_tabulated(
    card: Mapping,
    weights: str | Path,
    shard: int,
    name: str,
    plan: SamplePlan,
    parts: str | Path,
    code: str,
    latents: str | Path,
    device: str,
) -> None:
    """Write the shard's final latents.

    Args:
        name: `precomputed`, or `additive` for the sum of a part for the timestep and a part for the label.
        parts: folder for finished micro-batches; `code` keeps those of another version of the code from being reused.
    """
    model, samples, rows = typed(Card, card), plan.shard(shard), fed_rows(typed(Card, card))
    generation = prepare(model, weights, None, plan, parts, device, name, {"tables": name, "code": code})
    tables = exact_tables(generation.network, rows)
    with looked_up(generation.network, rows, additive_tables(tables, rows) if name == ADDITIVE else tables):
        result = trajectory.run_trunk(generation, samples)
    write_latents(latents, generation, result, model, plan, samples)
    shutil.rmtree(parts, ignore_errors=True)


if __name__ == "__main__":
    run_tabulated(
        card=snakemake.params.card,
        weights=snakemake.input.weights,
        shard=int(snakemake.wildcards.shard),
        name=snakemake.wildcards.variant,
        plan=SamplePlan(**snakemake.params.plan),
        parts=snakemake.params.parts,
        code=snakemake.params.code,
        latents=snakemake.output.latents,
        device=device,
    )
