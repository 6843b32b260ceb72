"""What a file or folder holds, as one hash; bytes are read again only where a name, size or time changed.

The hash is a function of names and bytes alone: touching a file, copying it to another disk or cloning a repository changes
nothing. What was read before is remembered beside Snakemake's own records, so that a second look at a million files costs
their listing.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.atomic import atomic_path
from semantic_bottleneck.image_files.listing import is_hidden

DIGITS = 32
"""Hexadecimal digits kept of a sha256."""
BLOCK = 1 << 20
BATCH = 256
"""Files that a thread hashes before it says so."""
RECENT = 2_000_000_000
"""Nanoseconds; a file that changed so shortly before it was listed may change again without a new time."""
PASSED_OVER = ("lock.mdb",)
"""Names that are no content beside the hidden ones: LMDB's table of readers."""
UTF8 = ("utf-8", "surrogateescape")
"""How names become bytes, whatever they are."""
SAY_AFTER = 5.0
"""Seconds between two words about progress."""

Say = Callable[[str], None]


class Entry(NamedTuple):
    """A file: its name below the folder (empty for the file itself), bytes, and times of last change in nanoseconds."""

    name: str
    size: int
    modified: int
    changed: int

    @property
    def stamp(self) -> str:
        """What changes when the bytes do."""
        return f"{self.size} {self.modified} {self.changed}"


def contents_hash(path: Path, memory: Path | None, say: Say = lambda text: None) -> str | None:
    """A hash of the names and bytes of all files in a folder, or of the bytes of one file.

    Links are followed; hidden names are passed over. A path that is gone keeps the hash that is remembered, so that
    removing a source after its use reruns nothing.

    Args:
        path: a file or folder.
        memory: folder in which to remember; None reads all bytes and writes nothing.
        say: told about progress when reading takes long.

    Returns:
        DIGITS hexadecimal digits, or None for a path that is absent and was never seen.

    Raises:
        UserError: a file cannot be read, or vanishes meanwhile.
    """
    # Named relative to the memory, so that both may move together.
    record = None if memory is None else memory / f"{_digest(os.fsencode(os.path.relpath(path, memory)))}.files"
    known = _Known(record)
    if not os.path.exists(path):  # not Path.exists, which lets errors such as "name too long" out
        return known.contents
    listed = time.time_ns()
    entries = list_files(path)
    listing = _listing(entries)
    if known.contents is not None and known.listing == listing:
        return known.contents
    hashes = _hashes(path, entries, known.rows(), say)
    rows = (f"{digest} {entry.name}\0" for digest, entry in zip(hashes, entries, strict=True))
    contents = _digest("".join(rows).encode(*UTF8))
    if record is not None:
        _remember(record, contents, listing, entries, hashes, listed)
    return contents


def list_files(path: Path) -> list[Entry]:
    """The files of a folder (or the file itself) by name; links followed once, hidden and special files passed over.

    Raises:
        UserError: a folder cannot be listed.
    """
    try:
        status = path.stat()
        if not path.is_dir():
            return [Entry("", status.st_size, status.st_mtime_ns, status.st_ctime_ns)]
        return sorted(_walk(str(path), "", {(status.st_dev, status.st_ino)}))
    except OSError as error:
        raise UserError(f"{error.filename or path} cannot be read ({error.strerror}); mend its permissions.") from error


def _walk(folder: str, prefix: str, above: set[tuple[int, int]]) -> Iterator[Entry]:
    with os.scandir(folder) as found:
        for item in found:
            if is_hidden(item.name) or item.name in PASSED_OVER:
                continue
            try:
                status = item.stat()
            except OSError:
                if not item.is_symlink():
                    raise
                continue  # a link to nothing, or to itself
            if item.is_dir():
                own = (status.st_dev, status.st_ino)
                if own not in above:  # else a link to a folder around itself
                    yield from _walk(item.path, f"{prefix}{item.name}/", above | {own})
            elif item.is_file():
                yield Entry(prefix + item.name, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


class _Known:
    """What is remembered of a path: one line with the whole, and on demand one row per file."""

    def __init__(self, record: Path | None):
        self.contents: str | None = None
        self.listing: str | None = None
        self._rest = b""
        try:
            content = record.read_bytes() if record else b""
            header, _, self._rest = content.partition(b"\n")
            whole = json.loads(header) if header else {}
            self.contents, self.listing = whole.get("contents"), whole.get("listing")
        except (OSError, ValueError, AttributeError):
            pass  # read again

    def rows(self) -> dict[str, str]:
        """Name -> "hash stamp" of every file that need not be read again."""
        rows = (row.split(" ", 4) for row in self._rest.decode(*UTF8).split("\0"))
        return {row[4]: " ".join(row[:4]) for row in rows if len(row) == 5}


def _remember(record: Path, contents: str, listing: str, entries: Sequence[Entry], hashes: Sequence[str], listed: int) -> None:
    recent = [max(entry.modified, entry.changed) > listed - RECENT for entry in entries]
    whole = {"contents": contents, "listing": None if any(recent) else listing}
    with atomic_path(record) as temporary, temporary.open("wb") as stream:
        stream.write(json.dumps(whole).encode() + b"\n")
        for entry, digest, young in zip(entries, hashes, recent, strict=True):
            if not young:
                stream.write(f"{digest} {entry.stamp} {entry.name}\0".encode(*UTF8))


def _hashes(path: Path, entries: Sequence[Entry], known: Mapping[str, str], say: Say) -> list[str]:
    """The hash of every file's bytes: remembered, or read now by several threads."""
    hashes = []
    for entry in entries:
        digest, _, stamp = known.get(entry.name, "").partition(" ")
        hashes.append(digest if stamp == entry.stamp else "")
    unread = [index for index, digest in enumerate(hashes) if not digest]
    total, done, said = sum(entries[index].size for index in unread), 0, time.monotonic()
    batches = [unread[start : start + BATCH] for start in range(0, len(unread), BATCH)]
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        read = pool.map(lambda batch: [_file_hash(path, entries[index]) for index in batch], batches)
        for batch, digests in zip(batches, read, strict=True):
            for index, digest in zip(batch, digests, strict=True):
                hashes[index] = digest
                done += entries[index].size
            if time.monotonic() - said > SAY_AFTER:
                said = time.monotonic()
                say(f"{path}: reading what is new or changed in {len(unread)} files, {done / 1e9:.1f} of {total / 1e9:.1f} GB")
    return hashes


def _file_hash(path: Path, entry: Entry) -> str:
    file = path / entry.name if entry.name else path
    digest = hashlib.sha256()
    try:
        with open(file, "rb", buffering=0) as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
    except OSError as error:
        raise UserError(f"{file} cannot be read ({error.strerror}); mend its permissions or remove it.") from error
    return digest.hexdigest()[:DIGITS]


def _listing(entries: Sequence[Entry]) -> str:
    rows = (f"{entry.name}\0{entry.stamp}\n" for entry in entries)
    return _digest("".join(rows).encode(*UTF8))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:DIGITS]
