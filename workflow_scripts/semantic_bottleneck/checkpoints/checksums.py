"""The sha256 a part must have: what the card says, or what the lock file remembers of its first use."""

from dataclasses import dataclass
from pathlib import Path

from semantic_bottleneck.checkpoints.lock import remembered
from semantic_bottleneck.checkpoints.parts import Part
from semantic_bottleneck.errors import UserError


@dataclass(frozen=True)
class Recorded:
    """A sha256 and where it is written down."""

    sha256: str
    where: str


def recorded_sha256(part: Part, lock: Path | None) -> Recorded | None:
    """What is known of a part; files on this machine may be made anew, so for them only the card counts.

    Raises:
        UserError: the lock file is unreadable.
    """
    if part.sha256:
        return Recorded(part.sha256, "the card")
    known = None if part.local else remembered(lock, part.name).get("sha256")
    return Recorded(known, str(lock)) if known else None


def difference(name: str, found: str | None, recorded: Recorded | None) -> str | None:
    """The words for a sha256 that is not the recorded one, both values in them; None where they agree or one is unknown."""
    if found is None or recorded is None or found == recorded.sha256:
        return None
    return f"{name} has sha256 {found} where {recorded.where} says {recorded.sha256}"


def require_same(name: str, found: str | None, recorded: Recorded | None) -> None:
    """Require that `found` (hashed here, or announced by the server) is the recorded sha256.

    Raises:
        UserError: it is another one.
    """
    if wrong := difference(name, found, recorded):
        raise UserError(f"{wrong}; another file is there now: correct that entry or use a mirror.")
