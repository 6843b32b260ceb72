"""The whole file behind a checkpoint that cannot be read by ranges."""

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from semantic_bottleneck.checkpoints.archives import extract_member
from semantic_bottleneck.checkpoints.containers import Container, open_container
from semantic_bottleneck.checkpoints.fetch import fetch_parts
from semantic_bottleneck.checkpoints.http import Client
from semantic_bottleneck.checkpoints.legacy import LegacyPickle
from semantic_bottleneck.checkpoints.lock import remembered
from semantic_bottleneck.checkpoints.parts import Part
from semantic_bottleneck.checkpoints.ranges import LocalBytes, WholeFileNeededError, read
from semantic_bottleneck.checkpoints.sniff import SNIFF, kind_of
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.atomic import write_text

log = logging.getLogger(__name__)


def whole_file(parts: Sequence[Part], folder: Path, *, lock: Path | None, client: Client) -> tuple[Path, dict[str, str | int]]:
    """A local file with all of the parts' bytes, and its provenance; downloaded to `folder` unless it is there and recorded.

    Raises:
        UserError: see `fetch_checkpoint`.
    """
    here = parts[0].locations[0].path
    if len(parts) == 1 and here is not None:
        with LocalBytes(here, parts[0].name) as source:
            return here, {"checkpoint_source": parts[0].name, "checkpoint_size": source.size}
    facts = json.dumps([[[location.address for location in part.locations], part.size, part.sha256] for part in parts])
    path = folder / f"{hashlib.sha256(facts.encode()).hexdigest()[:24]}.checkpoint"
    beside = path.with_suffix(".json")
    # Who takes a record out of the lock file wants the file anew.
    forgotten = lock is not None and not all(remembered(lock, part.name) for part in parts)
    if path.exists() and beside.exists() and not forgotten and not any(part.local for part in parts):
        log.info("%s: using the copy at %s", parts[0].name, path)
        return path, json.loads(beside.read_text(encoding="utf-8"))
    provenance = fetch_parts(parts, path, lock=lock, client=client)
    write_text(beside, json.dumps(provenance))
    return path, provenance


def open_whole(path: Path, part: Part, scratch: Callable[[], Path], stack: ExitStack) -> Container:
    """A reader for any kind of local file; a checkpoint inside an archive is unpacked into the folder `scratch` makes.

    `part` says what the file is called and which member is meant; files are closed with `stack`.

    Raises:
        UserError: it is no checkpoint, damaged or hostile.
    """
    try:
        return _open(path, part.name, stack)
    except WholeFileNeededError:
        log.info("%s: unpacking the checkpoint inside this archive", part.name)
    inside = scratch() / "member"
    extract_member(path, part.locations[0].member, inside, part.name)
    try:
        return _open(inside, part.name, stack)
    except WholeFileNeededError as error:
        raise UserError(
            f"{part.name} holds an archive inside an archive; unpack it by hand and put its path into the card."
        ) from error


def _open(path: Path, name: str, stack: ExitStack) -> Container:
    source = stack.enter_context(LocalBytes(path, name))
    if kind_of(read(source, 0, min(SNIFF, source.size)), source.size, name) == "legacy":
        return LegacyPickle(path, name)
    return open_container(source)
