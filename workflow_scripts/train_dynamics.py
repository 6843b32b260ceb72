"""Rule train_dynamics: one training run -> its conditional vectors along the way, their geometry, and its log."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    device = begin(snakemake)

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck.files import parquet
from semantic_bottleneck.files.atomic import atomic_path
from semantic_bottleneck.geometry.sets import batch_geometry_of, geometry_of
from semantic_bottleneck.training.observed import METRICS, conditions_name
from semantic_bottleneck.training.worker import train


def train_dynamics(
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
    rows = [row | {"model": run} for row in geometry_of(files) + batch_geometry_of(files)]
    metadata = parquet.read_metadata(files[-1]) | {"model": run}
    parquet.write(work / "geometry.parquet", {name: [row[name] for row in rows] for name in rows[0]}, metadata)
    for name in ("geometry.parquet", METRICS):
        _publish(work / name, folder / name)
    for file in files:
        _publish(file, folder / "conditions" / file.name)
    shutil.rmtree(work)


def _publish(source: Path, target: Path) -> None:
    with atomic_path(target) as temporary:
        try:
            os.link(source, temporary)
        except OSError:  # a file system without hard links
            shutil.copyfile(source, temporary)


if __name__ == "__main__":
    train_dynamics(
        run=snakemake.wildcards.run,
        card=snakemake.params.card,
        data=snakemake.params.data,
        classifier=snakemake.input.get("classifier"),
        seed=snakemake.params.seed,
        checkpoints=snakemake.params.checkpoints,
        timesteps=snakemake.params.timesteps,
        gpus=snakemake.resources.gpu,
        device=device,
        folder=snakemake.params.folder,
    )
