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
    identity = {key: metadata[key] for key in ("model", "checkpoint")} | {"training_step": int(metadata["training_step"])}
    columns = {name: [(identity | row)[name] for row in rows] for name in identity | rows[0]}
    parquet.write(output, columns, metadata)
