"""The whole file of a checkpoint: there with the right size and sha256, or not there at all."""

import fcntl
import hashlib
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from semantic_bottleneck.checkpoints.assemble import Assembly
from semantic_bottleneck.checkpoints.containers import open_container
from semantic_bottleneck.checkpoints.http import Client
from semantic_bottleneck.checkpoints.lock import remembered, settle
from semantic_bottleneck.checkpoints.parts import Part, parts_of
from semantic_bottleneck.checkpoints.patience import Patience
from semantic_bottleneck.checkpoints.ranges import LocalBytes, WholeFileNeeded
from semantic_bottleneck.checkpoints.transfer import Received
from semantic_bottleneck.errors import UserError

log = logging.getLogger(__name__)

BLOCK = 1 << 20


class _WrongHash(UserError):
    pass


def fetch_checkpoint(
    checkpoint: Mapping, destination: Path, *, lock: Path | None, base: Path, patience: Patience | None = None
) -> dict[str, str | int]:
    """Download (or copy) the parts of `checkpoint` into the one file `destination` and return its provenance.

    An interrupted download is continued by the next call. A part without a sha256 in the card is recorded in `lock` on
    first use and compared with it later; local files are never recorded, since they may be trained anew.

    Raises:
        UserError: no address serves a part; size, sha256 or content are wrong; the disk is too small. `destination` is
            then as it was before.
    """
    if checkpoint.get("container") == "safetensors-index":
        raise UserError(
            f"{parts_of(checkpoint, base)[0].name} is an index of several shards, which are read in place; for one whole file "
            "name the shard in the card."
        )
    with Client(patience or Patience()) as client:
        return fetch_parts(parts_of(checkpoint, base), destination, lock=lock, client=client)


def fetch_parts(parts: Sequence[Part], destination: Path, *, lock: Path | None, client: Client) -> dict[str, str | int]:
    """`fetch_checkpoint` for parts that are resolved already."""
    partial = destination.with_name(f".{destination.name}.part")
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with _exclusive(partial) as file:
            return _fetch(parts, destination, partial, file, lock, client)
    except OSError as error:
        raise UserError(f"{destination} could not be written ({error.strerror or error}); free some space or mend the "
                        "permissions, then run again.") from error


def _fetch(
    parts: Sequence[Part], destination: Path, partial: Path, file: BinaryIO, lock: Path | None, client: Client
) -> dict[str, str | int]:
    hashes = [part.sha256 or (None if part.local else remembered(lock, part.name).get("sha256")) for part in parts]
    assembly = Assembly(parts, partial, file, client, [each is not None for each in hashes])
    turns = max(2, *(len(part.locations) for part in parts))
    for turn in range(turns):
        try:
            received = assembly.fill(turn)
            sha256 = _verify(parts, hashes, received, file, lock)
            _open_once(partial, parts[0].name)
            break
        except _WrongHash as error:
            assembly.discard()
            if turn == turns - 1:
                raise
            log.warning("%s Downloading it again.", error)
        except UserError:
            # Bytes that arrived stay for the next run only if more of the same can follow them.
            if not _unfinished(file, assembly):
                assembly.discard()
            raise
    os.fsync(file.fileno())
    os.replace(partial, destination)
    assembly.journal_path.unlink(missing_ok=True)
    return _provenance(parts, received, sha256)


def _verify(
    parts: Sequence[Part], hashes: Sequence[str | None], received: Sequence[Received], file: BinaryIO, lock: Path | None
) -> str:
    """sha256 of the whole file, after every part's own agrees with the card or the lock file."""
    whole, found = hashlib.sha256(), []
    file.seek(0)
    for each in received:
        own, left = hashlib.sha256(), each.size
        while left:
            block = file.read(min(BLOCK, left))
            own.update(block)
            whole.update(block)
            left -= len(block)
        found.append(own.hexdigest())
    for part, expected, each in zip(parts, hashes, found, strict=True):
        if expected is not None and expected != each:
            source = "the card" if part.sha256 else str(lock)
            raise _WrongHash(
                f"{part.name} has sha256 {each} where {source} says {expected}; the transfer was corrupted or another file is "
                "there now."
            )
    for part, each, answer in zip(parts, found, received, strict=True):
        if not part.local:
            settle(lock, part.name, {"sha256": each, "size": answer.size})
    return whole.hexdigest()
