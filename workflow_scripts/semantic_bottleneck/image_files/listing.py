"""Which pictures a folder holds, in the order of torchvision's ImageFolder. Standard library only: the Snakefile may ask."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from semantic_bottleneck.errors import UserError

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
"""Of picture files, in any case."""
LITTER = {"__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information", "lost+found"}
"""Folders that systems leave beside the user's own; hidden like names that begin with a dot."""
LOOP = "link(s) back to a folder around"
NAMED = 10
"""How many names or reasons a sentence lists."""


def picture_files(folder: str | Path, passed: Counter[str]) -> list[str]:
    """Paths of the pictures at any depth: folders sorted by path, then names; links are followed.

    Args:
        passed: reason -> count of what is passed over (hidden names, other files, broken links, ...), added to.

    Raises:
        UserError: a folder cannot be listed.
    """
    return [os.path.join(place, name) for place, names in sorted(_walk(str(folder), passed)) for name in names]


def is_hidden(name: str) -> bool:
    """Whether the user did not put it there, or means it to be passed over."""
    return name.startswith(".") or name in LITTER


def holds_pictures(folder: str | Path) -> bool:
    """Whether there is any picture below a folder (False: no such folder); stops at the first.

    Raises:
        UserError: a folder cannot be listed.
    """
    return os.path.isdir(folder) and any(names for _, names in _walk(str(folder), Counter()))


def class_names(folder: str | Path, passed: Counter[str]) -> list[str]:
    """Names of the sub-folders, sorted, one per class; what lies beside them goes into `passed`.

    Raises:
        UserError: the folder cannot be listed.
    """
    folders, pictures = _sorted_out(str(folder), passed)
    if pictures:
        passed["beside the class folders"] += len(pictures)
    around = _around(folder)
    classes = [name for name in folders if _identity(os.path.join(folder, name)) not in around]
    if len(classes) < len(folders):
        passed[LOOP] += len(folders) - len(classes)
    return classes


def class_pictures(folder: str | Path, names: Sequence[str], passed: Counter[str]) -> dict[str, list[str]]:
    """Class -> its `picture_files`, for sub-folders of these names.

    Raises:
        UserError: there is no class, or one without a picture, which would shift labels or their count unnoticed.
    """
    found = {name: picture_files(place, passed) if (place := Path(folder) / name).is_dir() else [] for name in names}
    if not any(found.values()):
        raise UserError(
            f"{folder} holds no pictures in class folders{f' ({listed(names)})' if names else ''}; it needs one sub-folder per "
            f"class with {', '.join(SUFFIXES)} files."
        )
    empty = [name for name, files in found.items() if not files]
    if empty:
        raise UserError(f"{folder} holds no picture of class {listed(empty)}; add its pictures, or take the class away.")
    return found


def summary(where: str | Path, pictures: int, classes: Sequence[str] | None, passed: Counter[str]) -> str:
    """What a reader says in the log: pictures, classes (None: they do not matter) and what was passed over."""
    in_classes = "" if classes is None else f" in {len(classes)} classes ({listed(classes, 3)})"
    reasons = listed([f"{count} {reason}" for reason, count in sorted(passed.items(), key=lambda item: (-item[1], item[0]))])
    over = f"passed over {passed.total()}: {reasons}" if passed else "nothing passed over"
    return printable(f"{where}: {pictures} pictures{in_classes}; {over}")


def listed(names: Sequence[str], most: int = NAMED) -> str:
    """The first names of a list, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return printable(", ".join(names[:most])) + more


def printable(name: str) -> str:
    """A file's name as it can be written to a log, whatever bytes it is made of."""
    return os.fsencode(name).decode("utf-8", "replace")


def _walk(folder: str, passed: Counter[str]) -> Iterator[tuple[str, list[str]]]:
    """Every folder from `folder` down, with the sorted names of its pictures."""
    waiting = [(folder, _around(os.path.dirname(os.path.abspath(folder))))]
    while waiting:
        place, around = waiting.pop()
        own = _identity(place)
        if own in around:
            passed[LOOP] += 1
            continue
        folders, pictures = _sorted_out(place, passed)
        if not folders and not pictures and place != folder:
            passed["folder(s) without pictures"] += 1
        waiting += [(os.path.join(place, name), around | {own}) for name in folders]
        yield place, pictures


def _around(folder: str | Path) -> frozenset[tuple[int, int]]:
    """A folder and all that it lies in, by its path and by where links on the path lead."""
    paths = {Path(os.path.abspath(folder)), Path(os.path.realpath(folder))}
    return frozenset(_identity(place) for path in paths for place in (path, *path.parents))


def _identity(folder: str | Path) -> tuple[int, int]:
    with _named(folder):
        status = os.stat(folder)
    return status.st_dev, status.st_ino


def _sorted_out(folder: str, passed: Counter[str]) -> tuple[list[str], list[str]]:
    """Sorted names of the sub-folders and of the pictures right in a folder; the rest is counted in `passed`."""
    folders, pictures = [], []
    for entry in _entries(folder):
        if is_hidden(entry.name):
            passed["hidden"] += 1
        elif _is(entry.is_dir):
            folders.append(entry.name)
        elif not _is(entry.is_file):
            # Opening a pipe would wait for ever.
            passed["broken link(s)" if entry.is_symlink() else "pipe(s) or device(s)"] += 1
        elif entry.name.lower().endswith(SUFFIXES):
            pictures.append(entry.name)
        else:
            passed[os.path.splitext(entry.name)[1].lower() or "without suffix"] += 1
    return folders, pictures


def _entries(folder: str) -> list[os.DirEntry]:
    with _named(folder), os.scandir(folder) as found:
        return sorted(found, key=lambda entry: entry.name)


@contextmanager
def _named(folder: str | Path) -> Iterator[None]:
    """Passing over a folder that cannot be looked into would leave out pictures unnoticed."""
    try:
        yield
    except OSError as error:
        name = printable(str(folder))
        raise UserError(f"{name} cannot be listed ({error.strerror}); correct the path or its rights.") from error


def _is(question: Callable[[], bool]) -> bool:
    try:
        return question()
    except OSError:  # a link to itself, or into a folder without rights
        return False
