"""A data card as types: where labelled images come from and what they are; see config/schemas/data.schema.yaml.

The classes have the schema's keys for fields and no defaults of their own; a test holds both equal. Standard library only.
"""

from dataclasses import dataclass
from typing import Literal

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.checkpoint import CheckpointFile


@dataclass(frozen=True)
class PublishedFile:
    """A file called `name` below the source's root; the rest says where it may be fetched, as in `CheckpointFile`."""

    name: str
    url: str | None
    mirrors: tuple[str, ...]
    insecure: bool
    private: bool
    size: int | None
    sha256: str | None


@dataclass(frozen=True)
class Source:
    """Where the images are read; one of the subclasses, by `kind`."""


@dataclass(frozen=True)
class PackageSource(Source):
    """Bundled with a package, or drawn from its fonts."""

    kind: Literal["package"]
    name: str


@dataclass(frozen=True)
class FolderSource(Source):
    """The user's own folder, one sub-folder per class; without `classes` all of them, sorted."""

    kind: Literal["folder"]
    root: str
    instructions: str
    classes: tuple[str, ...] | None


@dataclass(frozen=True)
class ArchiveSource(Source):
    """A publisher's files, which have a test part of their own."""

    kind: Literal["idx", "cifar-binary"]
    root: str
    files: tuple[PublishedFile, ...]
    classes: tuple[str, ...]


@dataclass(frozen=True)
class DataCard:
    """Square images of `size` pixels with 1 or 3 `channels`; `fit` says how smaller ones come to that size."""

    name: str
    title: str
    source: Source
    size: int
    fit: Literal["padded", "enlarged"]
    channels: int
    licence: str | None

    @property
    def has_official_test(self) -> bool:
        """Whether every replicate tests on the data set's own test part, rather than on a fold of its own."""
        return isinstance(self.source, ArchiveSource)

    @property
    def published(self) -> tuple[PublishedFile, ...]:
        """The files that a publisher gives; none of packages and folders."""
        return self.source.files if isinstance(self.source, ArchiveSource) else ()

    def published_file(self, name: str) -> CheckpointFile:
        """Where one of them may be fetched.

        Raises:
            UserError: the card has no address of it.
        """
        file = next(file for file in self.published if file.name == name)
        if file.url is None:
            raise UserError(f"{self.name}: {name} has no address; put it into the folder that the data card names.")
        return CheckpointFile(file.url, file.mirrors, file.insecure, file.private, file.size, file.sha256)
