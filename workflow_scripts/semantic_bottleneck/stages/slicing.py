"""Rule measure_slicing: what leaving out the columns of pruned dimensions would save in a model's AdaLN."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from semantic_bottleneck import conditions_file, parquet
from semantic_bottleneck.adaln_cost import measure_slicing
from semantic_bottleneck.models.sliced_adaln import shared_kept
from semantic_bottleneck.planning.device import device_name
from semantic_bottleneck.pruning import resolve_threshold, select

ROWS = {"cpu": (1, 8), "cuda": (1, 64)}
"""Rows of c in a call: one sample, and a batch that keeps the device busy."""


def shared_shares(c: torch.Tensor, variants: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Variant -> the share of dimensions that a vector loses on average, and the share that all vectors c (n, d) lose.

    Only the second can be sliced away in a batch of all classes.
    """
    found = {}
    for name, variant in variants.items():
        if "side" in variant:
            pruned = select(c, variant, resolve_threshold(variant, c))
            shared = 1 - len(shared_kept(pruned)) / c.shape[1]
            found[name] = {"mean": float(pruned.double().mean()), "shared": shared}
    return found


def measure_slicing_of(
    conditions: str | Path, card: Mapping[str, Any], variants: Mapping[str, Mapping[str, Any]], output: str | Path, device: str
) -> None:
    """Write the costs against the removed share, and in the metadata what the variants' masks share among classes.

    Args:
        conditions: the model's conditional vectors; the masks are judged at the initial step.
        card: name, family and architecture whose block is timed; for a model trained here the official one it stands for.
    """
    table = measure_slicing(card, ROWS["cuda" if device.startswith("cuda") else "cpu"], device)
    shares = shared_shares(torch.from_numpy(conditions_file.vectors(conditions, "c")), variants)
    own = {"device": device_name(device), "timed": card["name"], "masks": json.dumps(shares)}
    parquet.write(output, table, dict(parquet.read_metadata(conditions)) | own)
