"""The Parquet file of a model's conditional vectors: one row per (kind, timestep, condition).

kind 'c' is what AdaLN receives, 'y' the condition embedding (no timestep: NaN), 't' the timestep embedding (condition -1).
The first timestep in the file is the initial (noisiest) one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import parquet


@dataclass(frozen=True)
class StoredVectors:
    """All vectors of a model, c (T, n, Dc), y (n, D) or None, t (T, D) float32, for timesteps (T,) float64, the initial one
    first, and condition ids (n,) int64."""

    c: np.ndarray
    y: np.ndarray | None
    t: np.ndarray
    timesteps: np.ndarray
    ids: np.ndarray


def write(
    path: str | Path,
    c: np.ndarray,
    y: np.ndarray | None,
    t: np.ndarray,
    timesteps: np.ndarray,
    ids: np.ndarray,
    metadata: Mapping[str, str],
) -> None:
    """Write c (T, n, Dc), y (n, D), t (T, D) float32, for timesteps (T,) and condition ids (n,); y None writes none.

    Raises:
        UserError: a value is not finite.
    """
    y = t[:0] if y is None else y
    for kind, values in (("c", c), ("y", y), ("t", t)):
        if not np.isfinite(values).all():
            model = metadata.get("model", str(path))
            raise UserError(
                f"The {kind} vectors of {model} hold NaN or infinite values; the checkpoint is damaged, fetch it again."
            )
    steps, count, embeddings = len(timesteps), len(ids), len(y)
    rows = [*c.reshape(steps * count, -1), *y, *t]
    same_width = c.shape[-1] == y.shape[-1] == t.shape[-1]
    columns = {
        "kind": ["c"] * (steps * count) + ["y"] * embeddings + ["t"] * steps,
        "timestep": np.concatenate([np.repeat(timesteps, count), np.full(embeddings, np.nan), timesteps]),
        "condition": np.concatenate([np.tile(ids, steps), ids[:embeddings], np.full(steps, -1)]),
        "vector": np.stack(rows) if same_width else pa.array(rows, type=pa.list_(pa.float32())),
    }
    parquet.write(path, columns, metadata)


def read(path: str | Path) -> StoredVectors:
    """What `write` was given, less the metadata.

    Raises:
        DamagedError: the file is absent, or a checksum of it does not hold.
    """
    table = parquet.read(path)
    of = {kind: table["kind"] == kind for kind in ("c", "y", "t")}
    c, y, t = (np.array(list(table["vector"][rows]), dtype=np.float32) for rows in of.values())
    steps = table["timestep"][of["t"]]
    return StoredVectors(
        c.reshape(len(steps), -1, c.shape[1]),
        y if len(y) else None,
        t,
        steps,
        table["condition"][of["c"]][: len(c) // len(steps)],
    )


def timesteps(path: str | Path) -> np.ndarray:
    """The timesteps of the file in their order, the initial one first; (T,) float64."""
    table = parquet.read(path, ["kind", "timestep"])
    return table["timestep"][table["kind"] == "t"]


def kinds(path: str | Path) -> set[str]:
    """The kinds of vectors that the file holds."""
    return set(parquet.read(path, ["kind"])["kind"])


def vectors(path: str | Path, kind: str, timestep: float | None = None) -> np.ndarray:
    """The (n, d) float32 vectors of one kind, ordered by condition; `timestep` defaults to the initial one (ignored for y)."""
    table = parquet.read(path)
    chosen = table["kind"] == kind
    if kind != "y":
        chosen &= table["timestep"] == (timesteps(path)[0] if timestep is None else timestep)
    if not chosen.any():
        raise UserError(f"{path} holds no {kind} vectors at timestep {timestep}; extract the conditions again.")
    return np.stack(list(table["vector"][chosen]))
