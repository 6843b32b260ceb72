"""A file that one process at a time may fill."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def exclusive_file(path: Path) -> Iterator[BinaryIO]:
    """Open `path` for reading and writing, creating it if need be, and wait until no other process has it so.

    A file left empty is removed again.
    """
    while True:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
        fcntl.flock(file, fcntl.LOCK_EX)
        if _is_at(file, path):
            break
        # While we waited its holder renamed or removed it: ours is a file nobody will find.
        file.close()
    with file:
        try:
            yield file
        finally:
            if file.seek(0, 2) == 0 and _is_at(file, path):
                path.unlink()


def _is_at(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
