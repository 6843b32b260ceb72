"""Tries every writer in a folder and tells what each said: python -m tests.unit.files.every_writer FOLDER [LIMIT].

LIMIT: bytes that a file may have, as a quota that stops in the middle.
"""

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from semantic_bottleneck.checkpoints.fetch import fetch_checkpoint
from semantic_bottleneck.checkpoints.lock import settle
from semantic_bottleneck.conditioning.feature_cache import cached_rows
from semantic_bottleneck.data.latent_shards import _save as save_shard
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import parquet, row_groups, tensors_file
from semantic_bottleneck.files.atomic import write_text
from semantic_bottleneck.files.containers import save_tensors
from semantic_bottleneck.references.statistics import Statistics, save_statistics
from semantic_bottleneck.reporting.core.style import canvas, save
from semantic_bottleneck.sampling.parts import save_part
from semantic_bottleneck.training.previews import _draw_grid as draw_previews
from tests.sections import checkpoint_of
from write_sounds import write_sounds

VALUES = np.random.default_rng(0).standard_normal((100, 1000)).astype(np.float32)


def draw(*paths: Path) -> None:
    with canvas(height=6.0) as (figure, axes):
        axes[0, 0].imshow(VALUES, aspect="auto")
        save(figure, paths, "title", "alt")


def writers(folder: Path, inputs: Path) -> dict[str, Callable[[], object]]:
    """Name of the file -> what writes it; `inputs` holds what some of them read."""
    weights = {"a": torch.from_numpy(VALUES)}
    checkpoint = checkpoint_of({"files": [{"url": str(inputs / "weights.pt")}]})
    previews = {0: np.resize(VALUES, (30, 1, 40, 40)), 5: np.resize(VALUES, (30, 1, 40, 40))}
    return {
        "columns.parquet": lambda: parquet.write(folder / "columns.parquet", {"x": VALUES}),
        "rows.parquet": lambda: row_groups.write_row_groups(folder / "rows.parquet", {"x": VALUES}),
        "tensors.safetensors": lambda: tensors_file.write(folder / "tensors.safetensors", weights),
        "state.pt": lambda: save_tensors(folder / "state.pt", weights),
        "statistics.npz": lambda: save_statistics(folder / "statistics.npz", {"features": Statistics(VALUES[0], np.eye(1000))}),
        "part.npz": lambda: save_part(folder / "part.npz", {"x": VALUES}),
        "latents.npy": lambda: save_shard(folder / "latents.npy", VALUES),
        "page.html": lambda: write_text(folder / "page.html", "<p>" * 200_000),
        "figure.png": lambda: draw(folder / "figure.png"),
        "figure.svg": lambda: draw(folder / "figure.svg"),
        "previews.png": lambda: draw_previews(previews, tuple(map(str, range(30))), folder / "previews.png"),
        "sounds/00000.wav": lambda: write_sounds(inputs / "sounds.parquet", folder / "sounds"),
        "model.checkpoint": lambda: fetch_checkpoint(checkpoint, folder / "model.checkpoint", lock=None, base=inputs),
        "lock.json": lambda: settle(folder / "lock.json", "a", {"tensors": {str(number): "b" * 64 for number in range(3000)}}),
        "cache/x.npy": lambda: cached_rows(folder / "cache", 100, 50, lambda rows: {"x": VALUES[rows.start : rows.stop]}),
    }


def prepare(inputs: Path) -> None:
    save_tensors(inputs / "weights.pt", {"a": torch.from_numpy(VALUES)})
    sounds = {"sample": np.arange(1), "sound": np.zeros((1, 200_000), dtype=np.int16)}
    parquet.write(inputs / "sounds.parquet", sounds, {"sample_rate": "16000"})


def main(folder: Path, inputs: Path, limit: int | None) -> None:
    """Print a JSON object: file -> what was said, or null."""
    inputs.mkdir(exist_ok=True)
    prepare(inputs)
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    said: dict[str, str | None] = {}
    for name, write in writers(folder, inputs).items():
        try:
            write()
            said[name] = None
        except UserError as error:
            said[name] = str(error)
    print(json.dumps(said))


if __name__ == "__main__":
    place = Path(sys.argv[1])
    main(place, place.with_name("inputs"), int(sys.argv[2]) if len(sys.argv) > 2 else None)
