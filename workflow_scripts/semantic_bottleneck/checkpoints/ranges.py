"""Bytes by position: of a local file, or of several parts laid end to end; nearby ranges are read together."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from semantic_bottleneck.errors import UserError

# Two ranges closer than this cost less in one request than in two.
GAP = 1 << 16
# A merged request stops growing here, which bounds the memory beside the tensors themselves.
GROUP = 1 << 26

Key = TypeVar("Key")


class WholeFileNeededError(Exception):
    """Reading by ranges is impossible here; the text says why. The caller downloads the whole file instead."""


class ByteSource(Protocol):
    """`size` bytes called `name`; `identity` is what is known about their version.

    `requests` and `transferred` (bytes) count what reading cost on the network so far.
    """

    name: str
    size: int
    identity: dict[str, str]

    @property
    def requests(self) -> int: ...

    @property
    def transferred(self) -> int: ...

    def read_into(self, start: int, buffer: memoryview) -> None:
        """Fill `buffer` from byte `start`; raises UserError if the bytes cannot be had."""


class LocalBytes:
    """A file on this machine; use it as a context manager.

    Raises:
        UserError: it is absent or cannot be read.
    """

    def __init__(self, path: Path, name: str | None = None):
        self.name, self.requests, self.transferred = name or str(path), 0, 0
        self.identity: dict[str, str] = {}
        try:
            self.size = path.stat().st_size
            self._file = path.open("rb")
        except OSError as error:
            raise UserError(f"{self.name} cannot be read ({error.strerror}); correct the url in the card.") from error

    def read_into(self, start: int, buffer: memoryview) -> None:
        self._file.seek(start)
        if self._file.readinto(buffer) != len(buffer):
            raise UserError(f"{self.name} became shorter while it was read; run again when nothing writes to it.")

    def __enter__(self) -> "LocalBytes":
        return self

    def __exit__(self, *_) -> None:
        self._file.close()


class JoinedBytes:
    """The parts of a split release as one virtual file, in order."""

    def __init__(self, parts: Sequence[ByteSource]):
        self._parts = parts
        self.name = parts[0].name if len(parts) == 1 else f"{parts[0].name} (+ {len(parts) - 1} parts)"
        self.size = sum(part.size for part in parts)
        known = {key for part in parts for key in part.identity}
        self.identity = {key: " ".join(part.identity.get(key, "-") for part in parts) for key in sorted(known)}

    @property
    def requests(self) -> int:
        """Requests over all parts."""
        return sum(part.requests for part in self._parts)

    @property
    def transferred(self) -> int:
        """Bytes over all parts."""
        return sum(part.transferred for part in self._parts)

    def read_into(self, start: int, buffer: memoryview) -> None:
        position, filled = 0, 0
        for part in self._parts:
            inside = start + filled - position
            count = min(part.size - inside, len(buffer) - filled)
            if inside >= 0 and count > 0:
                part.read_into(inside, buffer[filled : filled + count])
                filled += count
            position += part.size


def read(source: ByteSource, start: int, stop: int) -> bytearray:
    """Bytes [start, stop).

    Raises:
        UserError: the range lies outside the file, so the file is truncated or its directory damaged.
    """
    if not 0 <= start <= stop <= source.size:
        raise UserError(
            f"{source.name} is truncated or damaged (bytes {start} to {stop} of {source.size} are needed); get it again."
        )
    buffer = bytearray(stop - start)
    if buffer:
        source.read_into(start, memoryview(buffer))
    return buffer


def read_spans(source: ByteSource, spans: Mapping[Key, tuple[int, int]]) -> Iterator[tuple[Key, memoryview]]:
    """The bytes of every span [start, stop), in file order, nearby ones with one request."""
    for start, stop, keys in coalesce(spans):
        block = memoryview(read(source, start, stop))
        for key in keys:
            yield key, block[spans[key][0] - start : spans[key][1] - start]


def coalesce(spans: Mapping[Key, tuple[int, int]]) -> list[tuple[int, int, list[Key]]]:
    """Groups (start, stop, keys) that cover the spans; gaps up to GAP bytes are bridged while a group is below GROUP."""
    groups: list[tuple[int, int, list[Key]]] = []
    for key, (start, stop) in sorted(spans.items(), key=lambda item: item[1]):
        if groups:
            first, last, keys = groups[-1]
            if start <= last + GAP and max(last, stop) - first <= GROUP:
                groups[-1] = (first, max(last, stop), [*keys, key])
                continue
        groups.append((start, stop, [key]))
    return groups
