"""Which files, folders and addresses a card or a section of a study names."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck.checkpoints.sources import locate, sibling
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.latent_folder import LATENTS
from semantic_bottleneck.redaction import redacted

ADDRESSES = ("url", "mirrors")
"""Keys of addresses, which may be paths."""
PATHS = ("path", "file", "folder", "root", "images", "data")
"""Keys of paths from the repository's folder; `images` and others beside a `root` lie in it."""
REPOSITORY = "source"
"""Key of a Hugging Face repository or a folder."""


def named_files(section: Any, base: Path) -> tuple[list[Path], list[str]]:
    """The files and folders on this machine that `section` names, and the addresses elsewhere; each once, in order.

    Shards of a local index of safetensors count as named. Paths that do not exist are among the files.

    Args:
        section: an excerpt of a card or of a study, as plain values.
        base: the repository's folder, where paths start.
    """
    paths: dict[Path, None] = {}
    addresses: dict[str, None] = {}
    for found in _found(section, base):
        if isinstance(found, Path):
            paths[found] = None
        else:
            addresses[found] = None
    return list(paths), list(addresses)


def _found(section: Any, base: Path) -> Iterator[Path | str]:
    if isinstance(section, Mapping):
        is_index = section.get("container") == "safetensors-index"
        for key, value in section.items():
            texts = [value] if isinstance(value, str) else value if _are_texts(value) else None
            if texts is None:
                yield from _found(value, base)
            elif key == "files":
                yield from (base / text for text in texts)
            elif key in ADDRESSES:
                yield from (_located(text, base) for text in texts)
            elif key == REPOSITORY:
                yield from (base / text for text in texts if os.path.isdir(base / text))
            elif key in PATHS and ("root" not in section or key == "root"):
                yield from (base / text.removeprefix(LATENTS) for text in texts if key != "data" or text.startswith(LATENTS))
        if is_index:
            yield from _shards(section, base)
    elif isinstance(section, Sequence) and not isinstance(section, str | bytes):
        for each in section:
            yield from _found(each, base)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) > 0 and all(isinstance(each, str) for each in value)


def _located(address: str, base: Path) -> Path | str:
    """The file, or the name under which the lock file knows the address."""
    try:
        location = locate(address, base)
    except UserError:
        return redacted(address)  # what is wrong with it, the job says
    return location.path or location.name


def _shards(checkpoint: Mapping[str, Any], base: Path) -> Iterator[Path]:
    """The files beside a local index; a damaged index is left to the job, which says so."""
    for file in checkpoint.get("files", []):
        index = _located(file["url"], base)
        if isinstance(index, Path) and os.path.isfile(index):
            try:
                names = sorted(set(json.loads(index.read_bytes())["weight_map"].values()))
                yield from (base / sibling(file["url"], name) for name in names)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OSError, UserError):
                return
