"""Trained weights in the files that the official releases use."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from semantic_bottleneck.files.atomic import atomic_path
from semantic_bottleneck.files.damage import DamagedError
from semantic_bottleneck.files.zip_archive import check_zip


def save_tensors(path: str | Path, content: Any) -> None:
    """torch.save, atomically; equal content gives equal bytes (an open file keeps the path out of the archive)."""
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        torch.save(content, file)


def load_tensors(path: str | Path) -> Any:
    """Read what `save_tensors` wrote: tensors, plain values and the namespace of a training checkpoint, nothing else.

    Raises:
        DamagedError: the file is absent, or a checksum of it does not hold.
    """
    check_zip(path)
    try:
        with torch.serialization.safe_globals([argparse.Namespace]):
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # bytes that are no pickle raise whatever the unpickler stumbles over
        reason = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        raise DamagedError(path, reason) from error


def save_checkpoint(
    path: Path, key: str | None, average: Mapping[str, Tensor], weights: Mapping[str, Tensor], step: int, arguments: Mapping
) -> None:
    """Save averaged and current weights after `step` updates.

    `key` null: the averaged weights as a plain state dict, as DiT and SiT are released. `key` ema: a training checkpoint
    {"ema", "model", "args": argparse.Namespace, "steps"}, as the REPA and MG trainers write
    (docs/sources/sit_family.md, section 9); reading it safely needs argparse.Namespace on torch's allow-list.
    """
    if key is None:
        save_tensors(path, dict(average))
        return
    content = {key: dict(average), "model": dict(weights), "args": argparse.Namespace(**arguments), "steps": step}
    save_tensors(path, content)
