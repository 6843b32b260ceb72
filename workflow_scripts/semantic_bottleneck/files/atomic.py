"""Files that are either whole or absent."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.space import free_space

DISK = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ESTALE, errno.ENOTCONN)
)
"""What a disk answers that is full, closed or gone."""


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it onto `path` if the block succeeds.

    Raises:
        UserError: the disk is full, read-only or gone, a quota is used up, or the folder cannot be written. Errors about
            other files pass unchanged.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with writing(path, temporary):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            os.replace(temporary, path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def writing(path: Path, *others: Path) -> Iterator[None]:
    """Turn what the disk refuses while `path` (or `others` on its behalf) is written into a sentence.

    Raises:
        UserError: the sentence. Errors about other files pass unchanged.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        refusal = next(filter(None, (_refusal(each, path, *others) for each in _chain(error))), None)
        if refusal is None:
            raise
        raise unwritable(path, refusal.strerror or refusal) from error


def unwritable(path: Path, reason: object) -> UserError:
    """The sentence for a file that the disk does not take."""
    return UserError(
        f"{path} could not be written ({reason}; {free_space(path.parent)} there); free some space or mend the permissions, "
        "then run again."
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and what led to it: torch answers a full disk with an exception of its own."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _refusal(error: BaseException, *paths: Path) -> OSError | None:
    """`error` if it came from writing one of `paths`, and not from something else that the block reads."""
    if not isinstance(error, OSError):
        return None
    if error.filename is None:
        return error if error.errno is None or error.errno in DISK else None
    return error if Path(str(error.filename)) in {place for path in paths for place in (path, *path.parents)} else None


def remove_leftovers(path: str | Path) -> None:
    """Remove the temporary files that a process killed in `atomic_path` left beside `path`."""
    path = Path(path)
    for leftover in path.parent.glob(f".{escape(path.name)}.*.part"):
        with suppress(OSError):
            leftover.unlink()


def write_text(path: str | Path, text: str) -> None:
    """Write `text` (UTF-8) atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
