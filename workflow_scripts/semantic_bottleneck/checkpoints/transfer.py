"""One part of a download: written at its place in the file, continued after every interruption."""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import BinaryIO

import requests

from semantic_bottleneck.checkpoints.http import Client, content_range, header_number, identity, pieces
from semantic_bottleneck.checkpoints.patience import Retries, TransientError
from semantic_bottleneck.checkpoints.sources import Location

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Received:
    """What a server said about a part when its first byte was sent; enough to continue it in another run.

    `sha256` is what the server announced, and once the part is here what was found.
    """

    address: str
    size: int | None
    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = None

    @property
    def known_size(self) -> int:
        """Bytes of a part that is here: what the server did not announce is known then."""
        assert self.size is not None
        return self.size

    @property
    def validator(self) -> str | None:
        """The value for If-Range: a strong ETag, or else the date of last change."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified

    def as_json(self) -> dict[str, str | int | None]:
        """Plain values for the journal."""
        return asdict(self)


def transfer(
    location: Location,
    client: Client,
    file: BinaryIO,
    base: int,
    have: int,
    received: Received | None,
    *,
    begun: Callable[[Received], None],
    moved: Callable[[int], None],
) -> Received:
    """Write the file at `location` to `file` from byte `base` on; its first `have` bytes are there already.

    `begun` is told what the server says before the first byte is written (and may refuse by raising), `moved` the
    number of bytes after `base` that are there. Returns what was received, with the true size.

    Raises:
        UserError: the server refuses or keeps failing.
    """
    retries, furthest = Retries(location.name, client.patience), have
    while True:
        try:
            with client.get(location, _resume(have, received)) as response:
                size = _continues(response, have, received) if have else None
                if size is None:
                    if response.status_code != 200:
                        have = 0
                        raise TransientError("the server cannot continue the transfer")
                    if have:
                        log.info("%s: starting over, since the server does not continue the transfer", location.name)
                    have, size = 0, header_number(response, "Content-Length")
                    said = identity(response)
                    received = Received(
                        location.name, size, said.get("etag"), said.get("last_modified"), said.get("sha256_announced")
                    )
                    file.truncate(base)
                    begun(received)
                file.seek(base + have)
                for piece in pieces(response):
                    file.write(piece)
                    have += len(piece)
                    moved(have)
                    if have > furthest:
                        furthest = have
                        retries.progressed()
            if size is not None and have != size:
                have = have if have < size else 0
                raise TransientError("the connection closed early")
            assert received is not None  # begun here, or given with the bytes that were there
            return replace(received, size=have)
        except TransientError as error:
            retries.failed(error)


def _resume(have: int, received: Received | None) -> dict[str, str]:
    if not have:
        return {}
    headers = {"Range": f"bytes={have}-"}
    if received and received.validator:
        headers["If-Range"] = received.validator
    return headers


def _continues(response: requests.Response, have: int, received: Received | None) -> int | None:
    """The size of the whole part if the answer continues the same file at byte `have`."""
    where = content_range(response) if response.status_code == 206 else None
    if where is None or where[0] != have or where[1] != where[2]:
        return None
    return where[2] if received is None or received.size in (None, where[2]) else None
