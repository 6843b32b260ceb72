"""Features computed once for all cards that share them, in arrays on disk that are filled batch by batch and can be resumed."""

import fcntl
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap
from tqdm import tqdm

from semantic_bottleneck.atomic import write_text

Compute = Callable[[range], Mapping[str, np.ndarray]]


def cached_rows(
    folder: Path, shapes: Mapping[str, tuple[int, ...]], count: int, batch: int, compute: Compute
) -> dict[str, np.ndarray]:
    """Arrays name -> (count, *shape) float32, mapped from disk; missing rows are computed and written first.

    Jobs that need the same folder wait for each other; a killed job's finished batches are kept.

    Args:
        folder: its name must identify everything that the rows depend on.
        shapes: shape of one row of each array.
        compute: row numbers -> the arrays' values for them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        finished = folder / "finished.json"
        done = json.loads(finished.read_text()) if finished.exists() else 0
        files = {name: folder / f"{name}.npy" for name in shapes}
        if not done:
            for name, shape in shapes.items():
                open_memmap(files[name], mode="w+", dtype=np.float32, shape=(count, *shape)).flush()
        arrays = {name: np.load(file, mmap_mode="r+") for name, file in files.items()}
        for start in tqdm(range(done, count, batch), desc=f"features in {folder.name}", disable=done >= count):
            rows = range(start, min(start + batch, count))
            for name, values in compute(rows).items():
                arrays[name][rows.start : rows.stop] = values
                arrays[name].flush()
            write_text(finished, json.dumps(rows.stop))
    return {name: np.load(file, mmap_mode="c") for name, file in files.items()}
