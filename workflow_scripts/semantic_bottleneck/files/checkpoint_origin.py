"""Which weights a result was made with: two entries in the metadata of every file from the latents to the scores."""

from collections.abc import Mapping
from pathlib import Path

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.hashing import file_sha256
from semantic_bottleneck.files.project_path import project_path

SOURCE = "checkpoint_source"
SHA256 = "checkpoint_sha256"
PACK_FILE, PACK_SHA256 = "vectors_file", "vectors_sha256"
"""Of vectors that were not made of the weights here but taken from a pack."""


def origin_of(path: str | Path, source: str = "") -> dict[str, str]:
    """The entries for what the weights at `path` make: the address they came from (default: the path), and their hash.

    The hash is taken of the file itself, in the job that reads it: what a card or a lock file says may be another one's.
    """
    return {SOURCE: source or project_path(path), SHA256: file_sha256(path)}


def carried(files: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The entries that files (path -> metadata) have in common which together make one result; {} where they have none.

    Raises:
        UserError: they were made with different weights.
    """
    entries = {path: {key: metadata[key] for key in (SOURCE, SHA256) if key in metadata} for path, metadata in files.items()}
    first = next(iter(entries), "")
    for path, found in entries.items():
        if found != entries[first]:
            raise UserError(f"{first} and {path} were made with different weights; delete them and run again.")
    return entries.get(first, {})
