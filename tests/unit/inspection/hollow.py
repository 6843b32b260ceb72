"""Checkpoints of the official names, shapes and sizes whose bodies are holes in a sparse file, but for the conditioner."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import torch

from tests.golden.recipe import values

MANIFESTS = Path(__file__).resolve().parents[2] / "golden/manifests"
FILLED = ("t_embedder.", "y_embedder.", "label_emb.", "time_text_embed.", "time_embedding.", "class_embedding.")
"""Where the names of conditioners begin; the rest of a continuous conditioner may be zero."""


def manifest(name: str) -> dict[str, tuple[list[int], str]]:
    """Tensor name -> shape and dtype of a published checkpoint."""
    entries = json.loads((MANIFESTS / f"{name}.json").read_text())
    return {key: (entry["shape"], entry["dtype"]) for key, entry in entries.items() if not key.startswith("_")}


def hollow_file(path: Path, shapes: Mapping[str, tuple[list[int], str]], outer: str = "", prefix: str = "") -> Path:
    """Write a .pt file in which only the conditioner's values are there; a few megabytes on disk, whatever its size."""
    state = {f"{prefix}{name}": torch.empty(shape, dtype=getattr(torch, dtype)) for name, (shape, dtype) in shapes.items()}
    with torch.serialization.skip_data():
        torch.save({outer: state} if outer else state, path)
    with zipfile.ZipFile(path) as archive:
        records = {info.filename: info for info in archive.infolist() if "/data/" in info.filename}
    with path.open("r+b") as file:
        for number, (name, (shape, dtype)) in enumerate(shapes.items()):
            info = next(info for key, info in records.items() if key.endswith(f"/data/{number}"))
            if name.startswith(FILLED) and dtype == "float32":
                file.seek(info.header_offset + 26)
                lengths = file.read(4)
                skipped = int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
                file.seek(info.header_offset + 30 + skipped)
                file.write(values(name, tuple(shape)).tobytes())
    return path
