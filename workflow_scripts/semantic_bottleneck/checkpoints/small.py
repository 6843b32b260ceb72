"""A small file (an index, not weights) in one piece."""

from pathlib import Path

from semantic_bottleneck.checkpoints.http import Client, pieces
from semantic_bottleneck.checkpoints.parts import Part, first_that_serves
from semantic_bottleneck.checkpoints.patience import Retries, TransientError
from semantic_bottleneck.checkpoints.sources import Location
from semantic_bottleneck.errors import UserError

LIMIT = 1 << 25


def read_small(part: Part, client: Client) -> bytes:
    """The content at the first of the part's addresses that serves.

    Raises:
        UserError: none does, or the file is larger than LIMIT bytes.
    """
    return first_that_serves(
        part, lambda location: _local(location.path, location) if location.path else _remote(location, client)
    )


def _local(path: Path, location: Location) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
    except OSError as error:
        raise UserError(f"{location.name} cannot be read ({error.strerror}); correct the url in the card.") from error
    _require_within_limit(content, location)
    return content


def _remote(location: Location, client: Client) -> bytes:
    retries = Retries(location.name, client.patience)
    while True:
        content = bytearray()
        try:
            with client.get(location, {}) as response:
                for piece in pieces(response):
                    content += piece
                    _require_within_limit(content, location)
            return bytes(content)
        except TransientError as error:
            retries.failed(error)


def _require_within_limit(content: bytes | bytearray, location: Location) -> None:
    if len(content) > LIMIT:
        raise UserError(f"{location.name} is larger than an index can be; correct the url or container in the card.")
