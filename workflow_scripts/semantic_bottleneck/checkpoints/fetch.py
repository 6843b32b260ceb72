"""The whole file of a checkpoint: there with the right size and sha256, or not there at all."""

import hashlib
import logging
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from semantic_bottleneck.checkpoints.assemble import Assembly
from semantic_bottleneck.checkpoints.checksums import Recorded, difference, recorded_sha256
from semantic_bottleneck.checkpoints.containers import open_container
from semantic_bottleneck.checkpoints.exclusive import exclusive_file
from semantic_bottleneck.checkpoints.http import Client
from semantic_bottleneck.checkpoints.lock import settle
from semantic_bottleneck.checkpoints.parts import Part, parts_of
from semantic_bottleneck.checkpoints.patience import Patience, UnfinishedError
from semantic_bottleneck.checkpoints.ranges import LocalBytes, WholeFileNeededError
from semantic_bottleneck.checkpoints.transfer import Received
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.atomic import unwritable
from semantic_bottleneck.study.checkpoint import Checkpoint

log = logging.getLogger(__name__)

BLOCK = 1 << 20


def fetch_checkpoint(
    checkpoint: Checkpoint, destination: Path, *, lock: Path | None, base: Path, patience: Patience | None = None
) -> dict[str, str | int]:
    """Download (or copy) the parts of `checkpoint` into the one file `destination` and return its provenance.

    An interrupted download is continued by the next call. A part without a sha256 in the card is recorded in `lock` on
    first use and compared with it later; local files are never recorded, since they may be trained anew.

    Raises:
        UserError: no address serves a part; size, sha256 or content are wrong; the disk is too small. `destination` is
            then as it was before.
    """
    parts = parts_of(checkpoint.files, base)
    if checkpoint.container == "safetensors-index":
        raise UserError(
            f"{parts[0].name} is an index of several shards, which are read in place; for one whole file name that shard in "
            "the card."
        )
    with Client(patience or Patience()) as client:
        return fetch_parts(parts, destination, lock=lock, client=client)


def fetch_parts(parts: Sequence[Part], destination: Path, *, lock: Path | None, client: Client) -> dict[str, str | int]:
    """`fetch_checkpoint` for parts that are resolved already."""
    partial = destination.with_name(f".{destination.name}.part")
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with exclusive_file(partial) as file:
            recorded = [recorded_sha256(part, lock) for part in parts]
            assembly = Assembly(parts, partial, file, client, recorded)
            try:
                received, whole = _fill(parts, recorded, assembly, file)
                _require_readable(partial, parts[0].name)
                for part, answer in zip(parts, received, strict=True):
                    if not part.local:
                        assert answer.sha256 is not None  # _fill took it
                        settle(lock, part.name, {"sha256": answer.sha256, "size": answer.known_size})
            except UserError as error:
                if not isinstance(error, UnfinishedError) or file.seek(0, os.SEEK_END) == 0:
                    assembly.discard()
                raise
            os.fsync(file.fileno())
            os.replace(partial, destination)
            assembly.journal_path.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(destination, error.strerror or error) from error
    return _provenance(parts, received, whole)


def _fill(
    parts: Sequence[Part], recorded: Sequence[Recorded | None], assembly: Assembly, file: BinaryIO
) -> tuple[list[Received], str]:
    """Every part, with its sha256 as recorded or else as announced, and that of the whole; a corrupted transfer is repeated."""
    turns = 1 if all(part.local for part in parts) else max(2, *(len(part.locations) for part in parts))
    for turn in range(turns):
        answers = assembly.fill(turn)
        received, whole = _hash(answers, file)
        expected = [
            known or (Recorded(answer.sha256, "the server") if answer.sha256 else None)
            for known, answer in zip(recorded, answers, strict=True)
        ]
        found = zip(parts, received, expected, strict=True)
        wrong = next(filter(None, (difference(part.name, answer.sha256, known) for part, answer, known in found)), None)
        if wrong is None:
            return received, whole
        if turn < turns - 1:
            log.warning("%s; downloading it again.", wrong)
            assembly.discard()
    raise UserError(f"{wrong}; another file is there now or the transfer is corrupted: correct the entry or use a mirror.")


def _hash(received: Sequence[Received], file: BinaryIO) -> tuple[list[Received], str]:
    """sha256 of every part and of the whole, in one pass."""
    whole, hashed = hashlib.sha256(), []
    file.seek(0)
    for answer in received:
        own, left = hashlib.sha256(), answer.size
        while left:
            block = file.read(min(BLOCK, left))
            if not block:
                raise UserError(f"{answer.address} became shorter while it was checked; run again.")
            own.update(block)
            whole.update(block)
            left -= len(block)
        hashed.append(replace(answer, sha256=own.hexdigest()))
    return hashed, whole.hexdigest()


def _require_readable(path: Path, name: str) -> None:
    """Open the container once, so that a truncated or hostile file never gets its final name."""
    with LocalBytes(path, name) as source:
        try:
            open_container(source)
        except WholeFileNeededError:
            log.info("%s can only be checked when it is read whole", name)


def _provenance(parts: Sequence[Part], received: Sequence[Received], whole: str) -> dict[str, str | int]:
    provenance: dict[str, str | int] = {
        "checkpoint_source": " ".join(part.name for part in parts),
        "checkpoint_size": sum(answer.known_size for answer in received),
        "checkpoint_sha256": whole,
    }
    etags = [answer.etag or "-" for answer in received]
    if set(etags) != {"-"}:
        provenance["checkpoint_etag"] = " ".join(etags)
    return provenance
