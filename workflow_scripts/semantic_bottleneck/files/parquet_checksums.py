"""Parquet files of which every byte is covered by a checksum.

Page checksums, which any reader of Parquet can verify, cover values. A flipped bit in the header of a page or in the footer
would still be read as something else. So between the last page and the footer, where the format leaves room, lie the SHA-256
of each row group's bytes in turn and, last, that of the footer (from its first byte to the end of the file).
"""

import hashlib
import io
import os
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import pyarrow.parquet as pq

from semantic_bottleneck.files.damage import DamagedError

DIGEST = hashlib.sha256().digest_size
TRAILER = 8
"""Bytes after the footer: its length and the magic number."""
BLOCK = 1 << 20


def add_checksums(path: Path) -> None:
    """Put the checksums into a file that a Parquet writer just left."""
    with path.open("r+b") as file:
        start, footer = _footer(file)
        bounds = _bounds(pq.read_metadata(io.BytesIO(_without_data(footer))), start)
        digests = [_sha256(file, *span) for span in pairwise(bounds)]
        file.seek(start)
        file.write(b"".join(digests) + hashlib.sha256(footer).digest() + footer)


def checked_metadata(path: str | Path) -> pq.FileMetaData:
    """What the footer says, once its checksum holds.

    Raises:
        DamagedError: it does not hold, or the file is absent or no Parquet file of ours.
    """
    try:
        with open(path, "rb") as file:
            return _checked(file, path)[0]
    except OSError as error:
        raise DamagedError(path, error.strerror or error) from error


def check(path: str | Path, groups: Iterable[int] | None = None) -> pq.FileMetaData:
    """`checked_metadata`, and the bytes of these row groups (default: of all) are what they were.

    Raises:
        DamagedError: a checksum does not hold, or the file is absent or no Parquet file of ours.
    """
    try:
        with open(path, "rb") as file:
            metadata, start = _checked(file, path)
            count = max(metadata.num_row_groups, 1)
            first = start - DIGEST * (count + 1)
            bounds = _bounds(metadata, first)
            for group in range(count) if groups is None else groups:
                file.seek(first + DIGEST * group)
                if file.read(DIGEST) != _sha256(file, bounds[group], bounds[group + 1]):
                    raise DamagedError(path, "its checksum does not hold")
            return metadata
    except OSError as error:
        raise DamagedError(path, error.strerror or error) from error


def _checked(file: BinaryIO, path: str | Path) -> tuple[pq.FileMetaData, int]:
    """What the footer says and where it starts."""
    start, footer = _footer(file)
    file.seek(max(start - DIGEST, 0))
    if start < DIGEST or file.read(DIGEST) != hashlib.sha256(footer).digest():
        raise DamagedError(path, "its checksum does not hold")
    return pq.read_metadata(io.BytesIO(_without_data(footer))), start


def _footer(file: BinaryIO) -> tuple[int, bytes]:
    """Where the footer starts (0 where the file is too short to have one), and all bytes from there to the end."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - TRAILER, 0))
    start = max(size - TRAILER - int.from_bytes(file.read(4), "little"), 0)
    file.seek(start)
    return start, file.read()


def _without_data(footer: bytes) -> bytes:
    """A Parquet file without data that has this footer."""
    return footer[-4:] + footer


def _bounds(metadata: pq.FileMetaData, end: int) -> list[int]:
    """Where the row groups' bytes start, the first with the file's magic number, and the `end` of the last."""
    starts = [_first_page(metadata.row_group(group)) for group in range(1, metadata.num_row_groups)]
    return [0, *starts, end]


def _first_page(group: pq.RowGroupMetaData) -> int:
    columns = [group.column(number) for number in range(group.num_columns)]
    return min(column.dictionary_page_offset if column.has_dictionary_page else column.data_page_offset for column in columns)


def _sha256(file: BinaryIO, start: int, stop: int) -> bytes:
    """Of the bytes from `start` to before `stop`; shorter where the file ends early."""
    digest = hashlib.sha256()
    file.seek(start)
    while start < stop and (block := file.read(min(BLOCK, stop - start))):
        digest.update(block)
        start += len(block)
    return digest.digest()
