"""A readable source for the parts of a checkpoint, with what the card says about them checked as far as possible."""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from semantic_bottleneck.checkpoints.checksums import recorded_sha256, require_same
from semantic_bottleneck.checkpoints.http import Client
from semantic_bottleneck.checkpoints.parts import Part, check_size, first_that_serves
from semantic_bottleneck.checkpoints.ranges import ByteSource, JoinedBytes, LocalBytes, WholeFileNeededError
from semantic_bottleneck.checkpoints.remote import RemoteBytes
from semantic_bottleneck.checkpoints.sources import Location
from semantic_bottleneck.files.hashing import file_sha256


def open_parts(parts: Sequence[Part], client: Client, stack: ExitStack, lock: Path | None = None) -> JoinedBytes:
    """The parts as one virtual file; local files are closed with `stack`.

    Raises:
        WholeFileNeededError: a server ignores Range, or one file of an archive is meant.
        UserError: a part cannot be had, or its size or sha256 is not what the card (for remote files also `lock`) says.
    """
    if parts[0].locations[0].member:
        raise WholeFileNeededError(f"{parts[0].name} names a file inside an archive")
    return JoinedBytes(
        [first_that_serves(part, partial(_open_at, part=part, client=client, stack=stack, lock=lock)) for part in parts]
    )


def _open_at(location: Location, part: Part, client: Client, stack: ExitStack, lock: Path | None) -> ByteSource:
    if location.path is None:
        source: RemoteBytes | LocalBytes = RemoteBytes(location, client)
    else:
        source = stack.enter_context(LocalBytes(location.path, location.name))
        if part.sha256:
            source.identity["sha256"] = file_sha256(location.path)
    check_size(part, source.size)
    said = source.identity.get("sha256") or source.identity.get("sha256_announced")
    require_same(location.name, said, recorded_sha256(part, lock))
    return source
