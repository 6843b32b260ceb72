"""A file that one process at a time may fill, on whatever file system it lies."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from semantic_bottleneck.errors import UserError

NO_LOCKS = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK)
"""What file systems say that know no locks (Lustre mounted without flock, NFS without its lock daemon)."""


@contextmanager
def exclusive_file(path: Path) -> Iterator[BinaryIO]:
    """Open `path` for reading and writing, creating it if need be, and wait until no other process has it so.

    Files are locked, never folders: those NFS locks for one host only. Where files cannot be locked either, the holder's
    mark `<name>.lock` beside the file takes the lock's place. A file left empty is removed again.

    Raises:
        UserError: `path` is a link.
    """
    with ExitStack() as held:
        while True:
            file = held.enter_context(_opened(path))
            _lock(file, path, held)
            if _is_at(file, path):
                break
            # While we waited its holder renamed or removed it: ours is a file nobody will find.
            held.close()
        try:
            yield file
        finally:
            if file.seek(0, os.SEEK_END) == 0 and _is_at(file, path):
                path.unlink()


def _opened(path: Path) -> BinaryIO:
    try:
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666), "r+b")
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise UserError(f"{path} is a link, where a file of our own should be; remove it and run again.") from error
        raise


def _lock(file: BinaryIO, path: Path, held: ExitStack) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        from filelock import SoftFileLock  # here, since the Snakefile, which locks nothing, imports this too

        held.enter_context(SoftFileLock(f"{path}.lock").acquire(poll_interval=0.02))


def _is_at(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno == errno.ESTALE:  # NFS: another host removed it
            return False
        raise
