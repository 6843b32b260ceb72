"""Where weights lie, as cards of models, decoders and judges say it. Standard library only."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class CheckpointFile:
    """One file, or one part of a file: its address, the same bytes elsewhere, and what is known of it (None: nothing)."""

    url: str
    mirrors: tuple[str, ...]
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
    return CheckpointFile(str(address), mirrors, None, None)


def plain_file(container: str, *files: CheckpointFile) -> Checkpoint:
    """Files that are no card's, whose names need no unwrapping."""
    return Checkpoint(files, container, (), "", (), None)
