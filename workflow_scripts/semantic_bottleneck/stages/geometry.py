"""Rule measure_geometry: the geometry of c, y, t and SiLU(c) at every timestep of a conditions file."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from semantic_bottleneck import conditions_file, parquet
from semantic_bottleneck.geometry import silu
from semantic_bottleneck.geometry_rows import describe


def measure_geometry(conditions: Sequence[str], output: str | Path) -> None:
    """Write one row per (checkpoint, kind, timestep, metric); y has no timestep (NaN)."""
    rows = []
    for path in tqdm(conditions, desc="checkpoints"):
        metadata = parquet.read_metadata(path)
        identity = {key: metadata[key] for key in ("model", "checkpoint")} | {"training_step": int(metadata["training_step"])}
        for kind, timestep, vectors in sets_of(path):
            rows += [identity | {"kind": kind, "timestep": timestep} | row for row in describe(vectors)]
    parquet.write(output, {name: [row[name] for row in rows] for name in rows[0]}, metadata)


def sets_of(path: str | Path) -> Iterator[tuple[str, float, np.ndarray]]:
    """Kind, timestep and vectors (n, d) of every set that a conditions file holds."""
    yield "y", float("nan"), conditions_file.vectors(path, "y")
    for timestep in conditions_file.timesteps(path):
        c = conditions_file.vectors(path, "c", timestep)
        yield "c", timestep, c
        yield "silu_c", timestep, silu(c)
        yield "t", timestep, conditions_file.vectors(path, "t", timestep)
