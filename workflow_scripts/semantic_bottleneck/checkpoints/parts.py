"""The `files` of a card's checkpoint: parts of one file, each with its addresses and what is known about it."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from semantic_bottleneck.checkpoints.patience import UnfinishedError
from semantic_bottleneck.checkpoints.sources import Location, locate
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.checkpoint import CheckpointFile

log = logging.getLogger(__name__)

Result = TypeVar("Result")


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


def parts_of(files: Sequence[CheckpointFile], base: Path) -> list[Part]:
    """The parts in order; local paths are relative to `base`.

    Raises:
        UserError: an address is malformed.
    """
    return [
        Part(
            tuple(locate(address, base, insecure=file.insecure, private=file.private) for address in (file.url, *file.mirrors)),
            file.size,
            file.sha256,
        )
        for file in files
    ]


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
