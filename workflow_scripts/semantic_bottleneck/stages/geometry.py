"""Rule measure_geometry: the geometry of c, y, t and SiLU(c) at every timestep of a conditions file."""

from pathlib import Path

import numpy as np
from tqdm import tqdm

from semantic_bottleneck import conditions_file, parquet
from semantic_bottleneck.geometry import silu
from semantic_bottleneck.geometry_rows import describe


def measure_geometry(conditions: str | Path, output: str | Path) -> None:
    """Write one row per (kind, timestep, metric); y has no timestep (NaN)."""
    metadata = parquet.read_metadata(conditions)
    timesteps = conditions_file.timesteps(conditions)
    sets = [("y", np.nan, conditions_file.vectors(conditions, "y"))]
    for timestep in timesteps:
        c = conditions_file.vectors(conditions, "c", timestep)
        sets.append(("c", timestep, c))
        sets.append(("silu_c", timestep, silu(c)))
        sets.append(("t", timestep, conditions_file.vectors(conditions, "t", timestep)))
    rows = []
    for kind, timestep, vectors in tqdm(sets, desc="geometry"):
        rows += [{"kind": kind, "timestep": timestep, **row} for row in describe(vectors)]
    columns = {name: np.asarray([row[name] for row in rows]) for name in rows[0]}
    for name in ("kind", "metric", "method"):
        columns[name] = columns[name].astype(object)
    identity = {
        "model": np.full(len(rows), metadata["model"], dtype=object),
        "checkpoint": np.full(len(rows), metadata["checkpoint"], dtype=object),
        "training_step": np.full(len(rows), int(metadata["training_step"])),
    }
    parquet.write(output, identity | columns, metadata)
