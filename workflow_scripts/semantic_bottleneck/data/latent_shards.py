"""Pictures -> latents (and alignment features) in a folder of shards, resumable shard by shard."""

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from semantic_bottleneck.data.labelled_pictures import Pictures
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.atomic import atomic_path, write_text
from semantic_bottleneck.files.hashing import file_sha256
from semantic_bottleneck.files.latent_folder import PARTS, SETTINGS, shard_file

logger = logging.getLogger(__name__)

MADE_FROM = "pictures"
"""Key of the settings that holds what the shards are made from."""

Features = Callable[[np.ndarray], np.ndarray]
"""Pixels float32 (n, 3, H, W) in [-1, 1] -> (n, ...)."""


def write_shards(
    pictures: Pictures, encoders: Mapping[str, Features], settings: Mapping[str, Any], folder: Path
) -> tuple[tuple[int, ...], list[dict[str, Any]]]:
    """Encode what no whole shard of the folder holds yet.

    Args:
        encoders: part of PARTS -> what makes it.
        settings: `size` (pixels), `shard` (pictures per file), `batch` and `flip`.

    Returns:
        The shape of a shard's latents (rows, views, 2C, h, w), and rows and sha256 of every shard.
    """
    size = settings["shard"]
    shards: list[dict[str, Any]] = []
    shape: tuple[int, ...] = ()
    for shard, start in enumerate(tqdm(range(0, len(pictures.labels), size), desc="shards")):
        rows = range(start, min(start + size, len(pictures.labels)))
        files = {part: folder / shard_file(part, shard) for part in ("latents", "labels", *encoders)}
        if not all(file.exists() for file in files.values()):
            encoded = _encode(pictures, rows, encoders, settings)
            for part, values in encoded.items():
                _save(files[part], values)
            # Last: with its labels a shard is whole.
            _save(files["labels"], np.array(pictures.labels[rows.start : rows.stop], dtype=np.int64))
        shape = np.load(files["latents"], mmap_mode="r").shape
        shards.append({"rows": len(rows), "sha256": {part: file_sha256(file) for part, file in files.items()}})
    return shape, shards


def begin_folder(folder: Path, settings: Mapping[str, Any]) -> None:
    """Write what the folder is made from; without the shards that were made from something else.

    Raises:
        UserError: the folder was begun with other settings.
    """
    path = folder / SETTINGS
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else dict(settings)
    if before | {MADE_FROM: None} != dict(settings) | {MADE_FROM: None}:
        raise UserError(f"{folder} was begun with other settings; delete it or choose another folder.")
    if before != settings:
        logger.warning("%s was made from other pictures or by another encoder; all are encoded anew", folder)
        for part in PARTS:
            for file in folder.glob(f"{part}-*.npy"):
                file.unlink()
    write_text(path, json.dumps(settings, sort_keys=True))


def _encode(
    pictures: Pictures, rows: range, encoders: Mapping[str, Features], settings: Mapping[str, Any]
) -> dict[str, np.ndarray]:
    """Part -> (rows, views, ...) of one shard."""
    made: dict[str, list[np.ndarray]] = {part: [] for part in encoders}
    for start in range(rows.start, rows.stop, settings["batch"]):
        numbers = range(start, min(start + settings["batch"], rows.stop))
        pixels = np.stack([pictures.picture(number, settings["size"]) for number in numbers])
        pixels = pixels.transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1.0
        views = [pixels, pixels[..., ::-1].copy()] if settings["flip"] else [pixels]
        for part, encoder in encoders.items():
            made[part].append(np.stack([encoder(view) for view in views], axis=1))
    return {part: np.concatenate(batches) for part, batches in made.items()}


def _save(path: Path, values: np.ndarray) -> None:
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        np.save(stream, values)
