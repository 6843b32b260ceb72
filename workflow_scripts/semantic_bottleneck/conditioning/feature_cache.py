"""Features computed once for all cards that share them, in arrays on disk that are filled batch by batch and can be resumed."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap
from tqdm import tqdm

from semantic_bottleneck.checkpoints.exclusive import exclusive_file
from semantic_bottleneck.files.atomic import write_text, writing

Compute = Callable[[range], Mapping[str, np.ndarray]]


def cached_rows(folder: Path, count: int, batch: int, compute: Compute) -> dict[str, np.ndarray]:
    """Arrays name -> (count, ...) float32, mapped from disk; missing rows are computed and written first.

    Jobs that need the same folder wait for each other; a killed job's finished batches are kept.

    Args:
        folder: its name must identify everything that the rows depend on.
        compute: row numbers -> the arrays' values for them.
    """
    lock = folder / "lock"
    with writing(lock):
        folder.mkdir(parents=True, exist_ok=True)
    with writing(lock), exclusive_file(lock):
        progress = folder / "finished_rows.json"
        done = json.loads(progress.read_text(encoding="utf-8")) if progress.exists() else 0
        for start in tqdm(range(done, count, batch), desc=f"features {folder.name}", disable=done >= count):
            rows = range(start, min(start + batch, count))
            for name, values in compute(rows).items():
                _write(folder / f"{name}.npy", count, rows, values)
            write_text(progress, json.dumps(rows.stop))
    # Copy-on-write: pages are read when used, and torch takes the arrays without a copy.
    return {file.stem: np.load(file, mmap_mode="c") for file in sorted(folder.glob("*.npy"))}


def _write(file: Path, count: int, rows: range, values: np.ndarray) -> None:
    with writing(file):
        if rows.start == 0:
            array = open_memmap(file, mode="w+", dtype=np.float32, shape=(count, *values.shape[1:]))
        else:
            array = open_memmap(file, mode="r")
        # Not through the map: a page that a full disk does not take kills the process.
        with file.open("r+b") as stream:
            stream.seek(array.offset + rows.start * array.strides[0])
            stream.write(np.ascontiguousarray(values, dtype=np.float32).data)
