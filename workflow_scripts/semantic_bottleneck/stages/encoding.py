"""Rule encode_images: a folder of pictures -> latents (and alignment features) in shards, resumable shard by shard."""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from semantic_bottleneck.atomic import atomic_path, write_text
from semantic_bottleneck.checkpoints.lock import LOCK
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.conditioning_inputs.dinov2 import build_dinov2, tokens
from semantic_bottleneck.conditioning_inputs.pose import dino_input
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.labelled_pictures import Pictures, open_pictures
from semantic_bottleneck.latent_folder import MANIFEST, PARTS, SETTINGS, shard_file
from semantic_bottleneck.redaction import redacted
from semantic_bottleneck.vae_encoder import load_encoder

logger = logging.getLogger(__name__)

MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's pixels, which DINOv2 was trained with."""

MADE_FROM = "pictures"
"""Key of the settings that holds what the shards are made from."""

Features = Callable[[np.ndarray], np.ndarray]
"""Pixels float32 (n, 3, H, W) in [-1, 1] -> (n, ...)."""


def encode_images(
    images: str | Path,
    weights: str | Path,
    settings: Mapping[str, Any],
    folder: str | Path,
    device: str,
    contents: Mapping[str, str | None] | None = None,
) -> None:
    """Encode every picture and write the manifest last; a second call continues after the last whole shard.

    Args:
        images: folder with one sub-folder per class, or an npz file with the arrays `images` and `labels`.
        weights: the encoder's safetensors file.
        settings: `size`, `autoencoder`, `flip`, `shard` (pictures per file), `batch` and optionally `alignment` {name,
            checkpoint, architecture}, a DINOv2.
        folder: the output; see `latent_folder`.
        contents: hashes of what the pictures hold; shards made from other contents, or by another encoder, are made again.

    Raises:
        UserError: pictures or weights are absent or unreadable; the folder was begun with other settings.
    """
    folder = Path(folder)
    pictures = open_pictures(Path(images))
    # What the folder keeps of its settings holds no login that an address may have.
    wanted = json.loads(redacted(json.dumps(settings)))
    wanted[MADE_FROM] = {"names": pictures.identity, "contents": dict(contents or {}), "encoder": _checksum(Path(weights))}
    _begin(folder, wanted)
    autoencoder = load_encoder(settings["autoencoder"], Path(weights), device)
    encoders: dict[str, Features] = {"latents": autoencoder.moments}
    if settings.get("alignment"):
        encoders["alignment"] = alignment_encoder(settings["alignment"], device)
    size = settings["shard"]
    shards, shape = [], None
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
        shards.append({"rows": len(rows), "sha256": {part: _checksum(file) for part, file in files.items()}})
    manifest = {
        "shape": [shape[2] // 2, *shape[3:]],
        "views": shape[1],
        "scale": autoencoder.scale,
        "class_names": list(pictures.class_names),
        "alignment": "alignment" in encoders,
        "settings": wanted,
        "shards": shards,
    }
    write_text(folder / MANIFEST, json.dumps(manifest, indent=1) + "\n")
    logger.info("%d pictures in %d classes, %d shards", len(pictures.labels), len(pictures.class_names), len(shards))


def alignment_encoder(settings: Mapping[str, Any], device: str) -> Features:
    """The function pixels (n, 3, H, W) in [-1, 1] -> patch tokens (n, 256, D) float16 of a DINOv2 at 224 pixels."""
    root = Path.cwd()
    checkpoint = settings["checkpoint"]
    weights = read_tensors(checkpoint, None, base=root, lock=root / LOCK).tensors
    where = {"file": checkpoint["files"][0]["url"], "card": "dynamics.encode.alignment"}
    model = build_dinov2(settings["name"], weights, **where, **settings.get("architecture", {})).to(device)
    mean, spread = (torch.tensor(values, device=device).reshape(1, 3, 1, 1) for values in (MEAN, SPREAD))

    def features(pixels: np.ndarray) -> np.ndarray:
        shown = (torch.from_numpy(pixels).to(device) * 0.5 + 0.5 - mean) / spread
        return tokens(model, dino_input(shown))[:, 1:].to(torch.float16).cpu().numpy()

    return features


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


def _checksum(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _begin(folder: Path, settings: Mapping[str, Any]) -> None:
    """Write what the folder is made from; without the shards that were made from something else."""
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
