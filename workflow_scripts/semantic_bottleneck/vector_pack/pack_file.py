"""One model of a pack: c, y and t as .safetensors.

Most networks add: c of a timestep and a condition is t + y, and then it is not stored. Where that does not give it bit for bit,
as of AudioLDM's concatenation, it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import tensors_file
from semantic_bottleneck.files.conditions_file import StoredVectors
from semantic_bottleneck.files.damage import DamagedError


def write(path: str | Path, vectors: StoredVectors, metadata: Mapping[str, str]) -> None:
    """Write the tensors `y` (n, D), `t` (T, D) and, where it is not their sum, `c` (T, n, Dc), float32, with `timesteps` (T,)
    float64 and `conditions` (n,) int64."""
    arrays = {"y": vectors.y, "t": vectors.t, "timesteps": vectors.timesteps, "conditions": vectors.ids}
    summed = None if vectors.y is None else _sum(vectors.t, vectors.y)
    if summed is None or not np.array_equal(vectors.c, summed):
        arrays["c"] = vectors.c
    tensors_file.write(path, {name: torch.tensor(array) for name, array in arrays.items() if array is not None}, metadata)


def read(path: str | Path) -> tuple[StoredVectors, dict[str, str]]:
    """Vectors and metadata.

    Raises:
        UserError: the file is damaged, or is no model of a pack.
    """
    try:
        tensors, metadata = tensors_file.read(path)
    except DamagedError as error:
        raise UserError(f"{path} is damaged ({error.reason}); copy the pack of vectors again.") from error
    if not _fits(tensors):
        raise UserError(f"{path} does not hold the tensors of a pack; name a folder that the target `vectors` made.")
    arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
    y, t = arrays.get("y"), arrays["t"]
    c = _sum(t, y) if "c" not in arrays and y is not None else arrays["c"]
    return StoredVectors(c, y, t, arrays["timesteps"], arrays["conditions"]), metadata


def at(vectors: StoredVectors, timesteps: Sequence[float], path: str | Path) -> StoredVectors:
    """The vectors at some of their timesteps, in this order. Times are compared in float32, as networks take them.

    Args:
        path: of the pack's file, for the sentence.

    Raises:
        UserError: a timestep is not among them.
    """
    places = {time: place for place, time in enumerate(vectors.timesteps.astype(np.float32).tolist())}
    for time in timesteps:
        if float(np.float32(time)) not in places:
            known = ", ".join(f"{known:g}" for known in vectors.timesteps)
            raise UserError(
                f"{path} has no vectors at timestep {time:g}, only at {known}; set conditions.timesteps to 1 or to that of the "
                "study which made the pack."
            )
    chosen = [places[float(np.float32(time))] for time in timesteps]
    return replace(vectors, c=vectors.c[chosen], t=vectors.t[chosen], timesteps=np.array(timesteps, dtype=np.float64))


def _fits(tensors: Mapping[str, Tensor]) -> bool:
    """Whether names, types and sizes are those that `write` writes, for at least one timestep and condition."""
    if not {"t", "timesteps", "conditions"} <= tensors.keys() or tensors["t"].ndim != 2:
        return False
    (steps, width), count = tensors["t"].shape, len(tensors["conditions"])
    c, y = tensors.get("c"), tensors.get("y")
    shapes = {"t": (steps, width), "timesteps": (steps,), "conditions": (count,), "y": (count, width)}
    shapes["c"] = (steps, count, width if c is None or c.ndim != 3 else c.shape[2])
    types = {"timesteps": torch.float64, "conditions": torch.int64}
    held = all(
        name in shapes and tuple(tensor.shape) == shapes[name] and tensor.dtype == types.get(name, torch.float32)
        for name, tensor in tensors.items()
    )
    return held and steps > 0 and count > 0 and not (c is None and y is None)


def _sum(t: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(T, n, D)."""
    return t[:, None] + y[None]
