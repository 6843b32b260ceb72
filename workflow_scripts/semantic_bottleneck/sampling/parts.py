"""Finished micro-batches of an unfinished shard, kept as files so that a restart goes on after the last one."""

import logging
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np

from semantic_bottleneck.files.atomic import atomic_path

logger = logging.getLogger(__name__)


def part_path(folder: Path, fingerprint: str, batch: range) -> Path:
    """The file of one micro-batch; another fingerprint is another file, so stale parts are never read."""
    return Path(folder) / f"{fingerprint}-{batch.start}-{batch.stop}.npz"


def finished_parts(folder: Path) -> dict[range, float]:
    """Micro-batches that are finished -> when (seconds since the epoch), of the fingerprint that was written to last."""
    found: dict[str, dict[range, float]] = {}
    for path in Path(folder).glob("[!.]*-*-*.npz"):
        fingerprint, start, stop = path.stem.rsplit("-", 2)
        with suppress(FileNotFoundError):  # the shard was finished meanwhile
            found.setdefault(fingerprint, {})[range(int(start), int(stop))] = path.stat().st_mtime
    return max(found.values(), key=lambda batches: max(batches.values()), default={})


def save_part(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write the arrays, whole or not at all."""
    with atomic_path(path) as temporary, open(temporary, "wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]  # numpy thinks of allow_pickle


def load_part(path: Path, names: set[str]) -> dict[str, np.ndarray] | None:
    """The arrays `names`, or None where the file is absent, broken or holds other arrays."""
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in names}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        logger.warning("%s is not usable (%s) and is computed again", path, error)
        return None
