"""Real images on this machine: a folder, an LMDB, or an .npz with arr_0; in blocks of uint8 arrays."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import lmdb
import numpy as np

from semantic_bottleneck.checkpoints.npz import Npz
from semantic_bottleneck.checkpoints.ranges import LocalBytes
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.image_files.decoding import UnreadableError, looks_like_a_picture
from semantic_bottleneck.image_files.faults import PictureFile, on_disk, refusal
from semantic_bottleneck.image_files.listing import picture_files, summary

log = logging.getLogger(__name__)

ARRAY = "arr_0"
HEAD = 12
"""Bytes of an LMDB's value that tell whether it is a picture."""

Blocks = Callable[[int], Iterator[np.ndarray]]


@contextmanager
def open_pictures(path: Path) -> Iterator[tuple[int, Blocks]]:
    """The number of pictures and the function (block size) -> uint8 blocks (b, H, W, 3) in a fixed order.

    Folder: every picture below it, see `image_files.listing`. LMDB (a folder with data.mdb): every value that is a picture
    file, by key. .npz: the rows of arr_0.

    Raises:
        UserError: nothing is there; from the function, pictures are unreadable or of different sizes: all that are, at once.
    """
    if (path / "data.mdb").is_file():
        with _lmdb(path) as opened:
            yield opened
    elif path.is_dir():
        passed: Counter[str] = Counter()
        files = on_disk(picture_files(path, passed))
        yield _counted(len(files), path, passed), _decoded(path, files)
    elif path.suffix == ".npz":
        with LocalBytes(path) as source:
            npz = Npz(source)
            yield npz_pictures(npz, str(path))
    elif not path.exists():
        raise UserError(f"evaluation.reference.path: {path} does not exist; put the real images there.")
    else:
        raise UserError(f"{path} is neither a folder of pictures nor an LMDB nor an .npz file; correct evaluation.reference.")


def npz_pictures(npz: Npz, name: str, limit: int | None = None) -> tuple[int, Blocks]:
    """The first `limit` pictures (None: all) of an .npz file's arr_0, which is uint8 (N, H, W, 3).

    Raises:
        UserError: arr_0 is absent or of another kind.
    """
    shape = npz.shape(ARRAY)
    if len(shape) != 4 or shape[3] not in (1, 3):
        raise UserError(f"{name}: {ARRAY} has shape {list(shape)} where (pictures, height, width, 3) is needed.")
    count = shape[0] if limit is None else min(limit, shape[0])

    def blocks(size: int) -> Iterator[np.ndarray]:
        for rows in npz.rows(ARRAY, count, size):
            if rows.dtype != np.uint8:
                raise UserError(f"{name}: {ARRAY} holds {rows.dtype} where uint8 is needed; save the pictures as 8-bit values.")
            yield rows

    return _counted(count, name, Counter()), blocks


@contextmanager
def _lmdb(path: Path) -> Iterator[tuple[int, Blocks]]:
    try:
        environment = lmdb.open(str(path), readonly=True, lock=False, readahead=False, meminit=False)
    except lmdb.Error as error:
        raise UserError(f"{path} cannot be opened as an LMDB ({error}); copy it again.") from error
    passed: Counter[str] = Counter()
    files = []
    with environment:
        with environment.begin(buffers=True) as transaction:
            for key, value in transaction.cursor():
                if looks_like_a_picture(bytes(value[:HEAD])):
                    files.append(_value(environment, bytes(key)))
                else:
                    passed["value(s) that are no picture"] += 1
        yield _counted(len(files), path, passed), _decoded(path, files)


def _value(environment: lmdb.Environment, key: bytes) -> PictureFile:
    def content() -> bytes:
        with environment.begin() as transaction:
            value = transaction.get(key)
        assert value is not None  # the keys were listed from the same file
        return value

    return PictureFile(f"key {key.decode(errors='backslashreplace')}", content)


def _counted(count: int, where: str | Path, passed: Counter[str]) -> int:
    said = summary(where, count, None, passed)
    if count < 2:
        raise UserError(f"A reference needs at least two pictures, but {said}; put the real images there.")
    log.info("%s", said)
    return count


def _decoded(where: Path, files: Sequence[PictureFile]) -> Blocks:
    def blocks(size: int) -> Iterator[np.ndarray]:
        expected = None
        for start in range(0, len(files), size):
            pictures = []
            for file in files[start : start + size]:
                try:
                    picture = file.read()
                except UnreadableError as error:
                    raise refusal(where, files, file, str(error), one_size=True) from error
                expected = expected or picture.size
                if picture.size != expected:
                    raise refusal(where, files, file, "of another size than the first", one_size=True)
                pictures.append(np.asarray(picture.convert("RGB")))
            yield np.stack(pictures)

    return blocks
