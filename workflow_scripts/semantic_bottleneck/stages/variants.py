"""Rule describe_variants: how many dimensions each variant removes from a model's vectors, and which."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from semantic_bottleneck import conditions_file, parquet
from semantic_bottleneck.pruning import resolve_threshold, select
from semantic_bottleneck.windows import window_steps

TEXTS = ("side", "window", "magnitude", "replacement")


def describe_variant(variant: Mapping, c: torch.Tensor) -> dict[str, float]:
    """Counts for vectors c (n, d) at the initial step: means over conditions, and the signs of the removed entries."""
    if "side" not in variant:
        chosen = torch.zeros_like(c, dtype=torch.bool)
        threshold = None
    else:
        threshold = resolve_threshold(variant, c)
        chosen = select(c, variant, threshold)
    removed = float(chosen.sum(dim=1).double().mean())
    return {
        "threshold": np.nan if threshold is None else threshold,
        "quantile": variant.get("quantile", np.nan),
        "removed_dimensions": removed,
        "removed_percent": 100 * removed / c.shape[1],
        "head_positive": float((chosen & (c > 0)).sum(dim=1).double().mean()),
        "head_negative": float((chosen & (c < 0)).sum(dim=1).double().mean()),
    }


def removed_over_steps(variant: Mapping, threshold: float, steps: Sequence[torch.Tensor]) -> float:
    """Percent of dimensions removed at all timesteps of the grid together; `threshold` NaN stands for a count.

    A threshold is fixed, while the magnitudes of c change with the timestep.
    """
    if "side" not in variant:
        return 0.0
    fixed = None if np.isnan(threshold) else threshold
    return float(np.mean([100 * select(c, variant, fixed).double().mean() for c in steps]))


def describe_variants(conditions: str | Path, variants: Mapping[str, Mapping], generation: Mapping, output: str | Path) -> None:
    """Write one row per variant.

    Args:
        generation: `steps` of the model's trajectory and `last_share` of the study.
    """
    c, *later = [torch.from_numpy(conditions_file.vectors(conditions, "c", t)) for t in conditions_file.timesteps(conditions)]
    steps = generation["steps"]
    rows = []
    for name, variant in variants.items():
        pruned = window_steps(variant, steps, generation["last_share"])
        texts = {key: variant[key] if "side" in variant else "" for key in TEXTS}
        costs = {"steps_pruned": len(pruned), "model_evaluations": steps - pruned.start}
        counts = describe_variant(variant, c)
        overall = removed_over_steps(variant, counts["threshold"], [c, *later])
        rows.append({"variant": name, **texts, **counts, "removed_percent_all_steps": overall, **costs})
    parquet.write(output, {key: [row[key] for row in rows] for key in rows[0]}, parquet.read_metadata(conditions))
