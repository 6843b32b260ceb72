"""Rule measure_slicing: what leaving out the columns of pruned dimensions would save in a model's AdaLN."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    device = begin(snakemake)

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from semantic_bottleneck.files import conditions_file, parquet
from semantic_bottleneck.planning.device import device_name
from semantic_bottleneck.pruning import adaln_cost
from semantic_bottleneck.pruning.description import shared_shares
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.pruning import Pruning
from semantic_bottleneck.study.typed import typed

ROWS = {"cpu": (1, 8), "cuda": (1, 64)}
"""Rows of c in a call: one sample, and a batch that keeps the device busy."""


def measure_slicing(
    conditions: str | Path, card: Mapping[str, Any], variants: Mapping[str, Mapping[str, Any]], output: str | Path, device: str
) -> None:
    """Write the costs against the removed share, and in the metadata what the variants' masks share among classes.

    Args:
        conditions: the model's conditional vectors; the masks are judged at the initial step.
        card: name, family and architecture whose block is timed; for a model trained here the official one it stands for.
    """
    network = typed(Card, card)
    table = adaln_cost.measure_slicing(network, ROWS["cuda" if device.startswith("cuda") else "cpu"], device)
    prunings = {name: Pruning.from_plain(variant) for name, variant in variants.items()}
    steps = [torch.from_numpy(conditions_file.vectors(conditions, "c", t)) for t in conditions_file.timesteps(conditions)]
    shares = shared_shares(steps, prunings)
    own = {"device": device_name(device), "timed": network.name, "masks": json.dumps(shares)}
    parquet.write(output, table, dict(parquet.read_metadata(conditions)) | own)


if __name__ == "__main__":
    measure_slicing(
        conditions=snakemake.input.conditions,
        card=snakemake.params.card,
        variants=snakemake.params.variants,
        output=snakemake.output.costs,
        device=device,
    )
