"""Files that are either whole or absent."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from semantic_bottleneck.errors import UserError


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it onto `path` if the block succeeds.

    Raises:
        UserError: the disk is full or the folder cannot be written. Errors about other files pass unchanged.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        os.replace(temporary, path)
    except Exception as error:
        if not _from_writing(error, temporary, path):
            raise
        reason = getattr(error, "strerror", None) or error
        raise UserError(
            f"{path} could not be written ({reason}); free some space or mend the permissions, then run again."
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _from_writing(error: Exception, temporary: Path, path: Path) -> bool:
    """Whether an error came from writing, and not from something else that the block reads."""
    if isinstance(error, OSError):
        return error.filename is None or Path(str(error.filename)) in (temporary, path, *path.parents)
    return "No space left" in str(error)  # what safetensors raises is no OSError


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
