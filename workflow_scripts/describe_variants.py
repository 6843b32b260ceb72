"""Rule describe_variants: how many dimensions each variant removes from a model's vectors, and which."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Mapping
from pathlib import Path

import torch

from semantic_bottleneck.files import conditions_file, parquet
from semantic_bottleneck.pruning.description import describe_variant, words
from semantic_bottleneck.study.pruning import Pruning, pruned_steps


def describe_variants(conditions: str | Path, variants: Mapping[str, Mapping], generation: Mapping, output: str | Path) -> None:
    """Write one row per variant.

    Args:
        generation: `steps` of the model's trajectory and `last_share` of the study.
    """
    vectors = [torch.from_numpy(conditions_file.vectors(conditions, "c", t)) for t in conditions_file.timesteps(conditions)]
    steps = generation["steps"]
    rows = []
    for name, variant in variants.items():
        pruning = Pruning.from_plain(variant)
        pruned = pruned_steps(pruning, steps, generation["last_share"])
        costs = {"steps_pruned": len(pruned), "model_evaluations": steps - pruned.start}
        rows.append({"variant": name, **words(pruning), **describe_variant(pruning, vectors), **costs})
    parquet.write(output, {key: [row[key] for row in rows] for key in rows[0]}, parquet.read_metadata(conditions))


if __name__ == "__main__":
    describe_variants(
        conditions=snakemake.input.conditions,
        variants=snakemake.params.variants,
        generation=snakemake.params.generation,
        output=snakemake.output.variants,
    )
