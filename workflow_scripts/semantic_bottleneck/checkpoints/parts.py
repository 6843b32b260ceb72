"""The `files` of a card's checkpoint: parts of one file, each with its addresses and what is known about it."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from semantic_bottleneck.checkpoints.patience import UnfinishedError
from semantic_bottleneck.checkpoints.sources import Location, locate
from semantic_bottleneck.errors import UserError

log = logging.getLogger(__name__)

Result = TypeVar("Result")

ALLOWED = ("insecure", "private")
"""What a card may allow beside an address."""
FILE = ("url", "mirrors", "size", "sha256", *ALLOWED)
"""The keys of an entry of `files`."""


@dataclass(frozen=True)
class Part:
    """One part: the places it can be had from (the card's url first, then mirrors), its size in bytes and sha256."""

    locations: tuple[Location, ...]
    size: int | None
    sha256: str | None

    @property
    def name(self) -> str:
        """The card's own address, which is also the key of the lock file."""
        return self.locations[0].name

    @property
    def local(self) -> bool:
        """Whether the part is a file on this machine, which may be rewritten at any time."""
        return self.locations[0].path is not None


def parts_of(checkpoint: Mapping, base: Path) -> list[Part]:
    """The parts in order; local paths are relative to `base`.

    Raises:
        UserError: an entry is malformed.
    """
    files = checkpoint.get("files") or []
    if not files:
        raise UserError("checkpoint.files names no file; add at least one url to the card.")
    parts = []
    for file in files:
        addresses = [file.get("url"), *(file.get("mirrors") or [])]
        size, sha256 = file.get("size"), file.get("sha256")
        if size is not None and (type(size) is not int or size <= 0):
            raise UserError(f"checkpoint.files: size of {addresses[0]} must be a positive number of bytes, not {size!r}.")
        if sha256 is not None and not re.fullmatch(r"[0-9a-f]{64}", str(sha256).lower()):
            raise UserError(f"checkpoint.files: sha256 of {addresses[0]} must be 64 hexadecimal digits, not {sha256!r}.")
        allowed = {key: bool(file.get(key)) for key in ALLOWED}
        locations = tuple(locate(address, base, **allowed) for address in addresses)
        parts.append(Part(locations, size, str(sha256).lower() if sha256 else None))
    return parts


def check_size(part: Part, size: int) -> None:
    """Require the size the card declares, if it declares one.

    Raises:
        UserError: they differ.
    """
    if part.size is not None and part.size != size:
        raise UserError(
            f"{part.name} has {size} bytes, but the card says {part.size}; the file is truncated or another one is there "
            "now: correct the card or use a mirror."
        )


def first_that_serves(part: Part, attempt: Callable[[Location], Result], order: Sequence[Location] = ()) -> Result:
    """`attempt` on the part's addresses in `order` (default: as in the card) until one does not raise UserError.

    Raises:
        UserError: none served; one sentence with every reason (UnfinishedError if more may come another time).
    """
    failures: list[UserError] = []
    for location in order or part.locations:
        if failures:
            log.warning("%s Trying the next mirror.", failures[-1])
        try:
            return attempt(location)
        except UserError as error:
            failures.append(error)
    if len(failures) == 1:
        raise failures[0]
    kind = UnfinishedError if any(isinstance(error, UnfinishedError) for error in failures) else UserError
    raise kind(reasons(part, [str(error) for error in failures])) from failures[-1]


def reasons(part: Part, failures: Sequence[str]) -> str:
    """One sentence from those of all addresses of a part."""
    if len(failures) == 1:
        return failures[0]
    said = " / ".join(failure.rstrip(".") for failure in failures)
    return f"{part.name} could not be had from any of its {len(failures)} addresses: {said}."
