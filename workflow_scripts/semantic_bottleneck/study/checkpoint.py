"""Where weights lie, as cards of models, decoders and judges say it. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class CheckpointFile:
    """One file, or one part of a file: its address, the same bytes elsewhere, and what is known of it (None: nothing).

    `insecure` allows plain http beyond this machine, `private` a server in a private network.
    """

    url: str
    mirrors: tuple[str, ...]
    insecure: bool
    private: bool
    size: int | None
    sha256: str | None


@dataclass(frozen=True)
class Checkpoint:
    """The section `checkpoint`: the parts of one file, and how its tensors are found; see config/schemas/model.schema.yaml."""

    files: tuple[CheckpointFile, ...]
    container: str
    keys: tuple[str, ...]
    prefix: str
    ignore: tuple[str, ...]
    licence: str | None

    @property
    def url(self) -> str:
        """What sentences call it: the address of its first part."""
        return self.files[0].url

    def at(self, path: object) -> "Checkpoint":
        """The same in one file on this machine."""
        return replace(self, files=(file_at(path),))


def file_at(address: object, mirrors: tuple[str, ...] = ()) -> CheckpointFile:
    """A file of which nothing but its address is known."""
    return CheckpointFile(str(address), mirrors, False, False, None, None)


def plain_file(container: str, *files: CheckpointFile) -> Checkpoint:
    """Files that are no card's, whose names need no unwrapping."""
    return Checkpoint(files, container, (), "", (), None)


def listed_file(entry: Mapping[str, Any]) -> CheckpointFile:
    """A file as `evaluation.reference` lists it."""
    known = {key: entry[key] for key in ("url", "insecure", "private")}
    return CheckpointFile(**known, mirrors=tuple(entry["mirrors"]), size=entry.get("size"), sha256=entry.get("sha256"))
