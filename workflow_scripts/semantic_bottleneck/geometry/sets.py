"""The geometry of all sets of vectors that a conditions file holds, and of all timesteps together."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from semantic_bottleneck.files import conditions_file, parquet
from semantic_bottleneck.geometry.measures import dead_share, silu
from semantic_bottleneck.geometry.rows import describe, sets_at

NAN = float("nan")
EXACT = {"low": NAN, "high": NAN, "standard_error": NAN, "method": "exact"}


def geometry_of(conditions: Sequence[str | Path]) -> list[dict]:
    """One row per (checkpoint, kind, timestep, metric) of conditions files; y has no timestep (NaN)."""
    rows = []
    for path in tqdm(conditions, desc="checkpoints"):
        identity = _identity(path)
        for kind, timestep, vectors in sets_of(path):
            rows += [identity | {"kind": kind, "timestep": timestep} | row for row in describe(vectors)]
    return rows


def batch_geometry_of(conditions: Sequence[str | Path]) -> list[dict]:
    """Further rows of conditions files: all timesteps together, and SiLU's dead side."""
    return [_identity(path) | row for path in conditions for row in batch_rows(path)]


def sets_of(path: str | Path) -> Iterator[tuple[str, float, np.ndarray]]:
    """Kind, timestep and vectors (n, d) of every set that a conditions file holds; where nothing of the condition enters c
    there is no y."""
    if "y" in conditions_file.kinds(path):
        yield "y", float("nan"), conditions_file.vectors(path, "y")
    for timestep in conditions_file.timesteps(path):
        c, t = (conditions_file.vectors(path, kind, timestep) for kind in "ct")
        for kind, vectors in sets_at(c, t):
            yield kind, timestep, vectors


def batch_rows(path: str | Path) -> Iterator[dict]:
    """What `geometry_of` does not say of one conditions file: all timesteps together, and SiLU's dead side.

    Kinds batch_c, batch_silu_c and batch_t pool every timestep of the grid (and every class), as a training batch mixes
    them; their metrics have no interval, since neighbouring timesteps are no independent draws.
    """
    timesteps = conditions_file.timesteps(path)
    c = np.concatenate([conditions_file.vectors(path, "c", timestep) for timestep in timesteps])
    t = np.concatenate([conditions_file.vectors(path, "t", timestep) for timestep in timesteps])
    sets = {"batch_c": c, "batch_silu_c": silu(c)} | ({"batch_t": t} if t.any() else {})
    for kind, vectors in sets.items():
        for row in describe(vectors):
            yield {"kind": kind, "timestep": NAN} | row | EXACT
    for timestep, vectors in zip(timesteps, np.split(c, len(timesteps)), strict=True):
        dead = {"metric": "silu_dead_percent", "value": 100 * float(dead_share(vectors).mean()), "n": len(vectors)}
        yield {"kind": "c", "timestep": float(timestep)} | dead | EXACT


def _identity(path: str | Path) -> dict:
    metadata = parquet.read_metadata(path)
    return {"model": metadata["model"], "checkpoint": metadata["checkpoint"], "training_step": int(metadata["training_step"])}
