"""Every picture of a collection that cannot be used, in one sentence."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.image_files.decoding import UnreadableError, decode
from semantic_bottleneck.image_files.listing import listed, printable

log = logging.getLogger(__name__)

THREADS = 8
"""Pillow decodes outside Python's lock, and files may lie on a slow disk."""


class PictureFile(NamedTuple):
    """`content()` gives the bytes of the picture called `name`; it is safe to call in several threads."""

    name: str
    content: Callable[[], bytes]

    def read(self) -> Image.Image:
        """The picture, see `decoding.decode`.

        Raises:
            UnreadableError: see there; or the bytes cannot be had.
        """
        try:
            content = self.content()
        except OSError as error:
            raise UnreadableError(error.strerror or str(error)) from error
        return decode(content)


def on_disk(paths: Sequence[str | Path]) -> list[PictureFile]:
    """Files as pictures."""
    return [PictureFile(str(path), Path(path).read_bytes) for path in paths]


def refusal(
    where: str | Path, files: Sequence[PictureFile], first: PictureFile, reason: str, one_size: bool = False
) -> UserError:
    """The error to raise once one picture turned out to be unusable: all files are looked at, and all such ones named.

    Args:
        where: the collection.
        first, reason: what was found, and why it cannot be used.
        one_size: pictures of another size than most are unusable, too.
    """
    log.info("%s cannot be used (%s); looking at all %d pictures for others", printable(first.name), reason, len(files))
    with ThreadPool(THREADS) as pool:
        found = pool.map(_size_or_reason, files)
    fixes = ["replace or remove what cannot be read"] if any(isinstance(seen, str) for seen in found) else []
    sizes = Counter(seen for seen in found if not isinstance(seen, str))
    if one_size and len(sizes) > 1:
        ((size, count),) = sizes.most_common(1)
        usual = f"where {count} are {size[0]} x {size[1]}"
        found = [f"{seen[0]} x {seen[1]} pixels {usual}" if seen in sizes and seen != size else seen for seen in found]
        fixes.append("crop and resize all pictures as the samples are")
    reasons = {file.name: seen for file, seen in zip(files, found, strict=True) if isinstance(seen, str)}
    if not reasons:  # a disk or server that fails now and then
        reasons, fixes = {first.name: reason}, ["it can be read now, so try again"]
    named = [f"{name.removeprefix(f'{where}/')} ({why})" for name, why in reasons.items()]
    share = f"{len(named)} of {len(files)} pictures cannot be used"
    return UserError(f"{printable(str(where))}: {share}: {listed(named)}; {' and '.join(fixes)}.")


def _size_or_reason(file: PictureFile) -> tuple[int, int] | str:
    try:
        return file.read().size
    except UnreadableError as error:
        return str(error)
