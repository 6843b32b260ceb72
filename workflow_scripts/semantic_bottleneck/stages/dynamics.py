"""Rule train_dynamics: one training run -> its conditional vectors along the way, their geometry, and its log."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from semantic_bottleneck import conditions_file, parquet
from semantic_bottleneck.atomic import atomic_path
from semantic_bottleneck.geometry import dead_share, silu
from semantic_bottleneck.geometry_rows import describe
from semantic_bottleneck.stages.geometry import measure_geometry
from semantic_bottleneck.training.observed import METRICS, conditions_name
from semantic_bottleneck.training.worker import train

NAN = float("nan")
EXACT = {"low": NAN, "high": NAN, "standard_error": NAN, "method": "exact"}


def run_dynamics(
    run: str,
    card: Mapping[str, Any],
    data: str,
    classifier: str | None,
    seed: int,
    checkpoints: Sequence[int],
    timesteps: int,
    gpus: int,
    device: str,
    folder: str | Path,
) -> None:
    """Train, measure, and leave `geometry.parquet`, `metrics.parquet` and `conditions/step-NNNNNN.parquet` in `folder`.

    What training has left so far lies in the subfolder `.training`, from which a call after a kill continues.

    Args:
        run: name of the run, which the geometry carries as its model.
        data: name of a data set, or `latents:<folder>`.
        classifier: file of the classifier that aligned objectives on bundled images learn from, or None.
        gpus: 0 or 1 trains in this process, more in one process each.
    """
    folder = Path(folder)
    work = folder / ".training"
    job = {"card": dict(card), "data": data, "classifier": classifier, "seed": seed, "work": str(work)}
    train(job | {"checkpoints": list(checkpoints), "timesteps": timesteps}, gpus, device)
    files = [work / conditions_name(step) for step in checkpoints]
    measure_geometry(files, work / "geometry.parquet")
    _add_rows(work / "geometry.parquet", files, run)
    for name in ("geometry.parquet", METRICS):
        _publish(work / name, folder / name)
    for file in files:
        _publish(file, folder / "conditions" / file.name)
    shutil.rmtree(work)


def batch_rows(path: str | Path) -> Iterator[dict]:
    """What `measure_geometry` does not say of one conditions file: all timesteps together, and SiLU's dead side.

    Kinds batch_c, batch_silu_c and batch_t pool every timestep of the grid (and every class), as a training batch mixes
    them; their metrics have no interval, since neighbouring timesteps are no independent draws.
    """
    timesteps = conditions_file.timesteps(path)
    c = np.concatenate([conditions_file.vectors(path, "c", timestep) for timestep in timesteps])
    t = np.concatenate([conditions_file.vectors(path, "t", timestep) for timestep in timesteps])
    for kind, vectors in (("batch_c", c), ("batch_silu_c", silu(c)), ("batch_t", t)):
        for row in describe(vectors):
            yield {"kind": kind, "timestep": NAN} | row | EXACT
    for timestep, vectors in zip(timesteps, np.split(c, len(timesteps)), strict=True):
        dead = {"metric": "silu_dead_percent", "value": 100 * float(dead_share(vectors).mean()), "n": len(vectors)}
        yield {"kind": "c", "timestep": float(timestep)} | dead | EXACT


def _add_rows(geometry: Path, files: Sequence[Path], run: str) -> None:
    measured = {name: list(values) for name, values in parquet.read(geometry).items()}
    for file in files:
        metadata = parquet.read_metadata(file)
        identity = {"model": run, "checkpoint": metadata["checkpoint"], "training_step": int(metadata["training_step"])}
        for row in batch_rows(file):
            for name, value in (identity | row).items():
                measured[name].append(value)
    measured["model"] = [run] * len(measured["model"])
    parquet.write(geometry, measured, parquet.read_metadata(geometry) | {"model": run})


def _publish(source: Path, target: Path) -> None:
    with atomic_path(target) as temporary:
        try:
            os.link(source, temporary)
        except OSError:  # a file system without hard links
            shutil.copyfile(source, temporary)
