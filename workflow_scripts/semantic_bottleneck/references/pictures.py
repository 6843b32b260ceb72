"""Real images on this machine: a folder, an LMDB, or an .npz with arr_0; in blocks of uint8 arrays."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import lmdb
import numpy as np
from PIL import Image, UnidentifiedImageError

from semantic_bottleneck.checkpoints.ranges import LocalBytes
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.references.npz import Npz

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
MAGIC = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF", b"BM")
ARRAY = "arr_0"

Blocks = Callable[[int], Iterator[np.ndarray]]


@contextmanager
def open_pictures(path: Path) -> Iterator[tuple[int, Blocks]]:
    """The number of pictures and the function (block size) -> uint8 blocks (b, H, W, 3) in a fixed order.

    Folder: every picture below it, by path. LMDB (a folder with data.mdb): every value that is a picture file, by key.
    .npz: the rows of arr_0.

    Raises:
        UserError: nothing is there, or a picture is unreadable or of another size than the first.
    """
    if (path / "data.mdb").is_file():
        with _lmdb(path) as opened:
            yield opened
    elif path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES)
        yield _counted(len(files), path), _decoded([(str(file), file.read_bytes) for file in files])
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

    return _counted(count, name), blocks


@contextmanager
def _lmdb(path: Path) -> Iterator[tuple[int, Blocks]]:
    try:
        environment = lmdb.open(str(path), readonly=True, lock=False, readahead=False, meminit=False)
    except lmdb.Error as error:
        raise UserError(f"{path} cannot be opened as an LMDB ({error}); copy it again.") from error
    with environment, environment.begin() as transaction:
        keys = [key for key, value in transaction.cursor() if value.startswith(MAGIC)]
        entries = [(f"{path}: {key!r}", lambda key=key: transaction.get(key)) for key in keys]
        yield _counted(len(keys), path), _decoded(entries)


def _counted(count: int, where: str | Path) -> int:
    if count < 2:
        raise UserError(f"{where} holds {count} pictures; a reference needs at least two.")
    return count


def _decoded(entries: list[tuple[str, Callable[[], bytes]]]) -> Blocks:
    def blocks(size: int) -> Iterator[np.ndarray]:
        expected = None
        for start in range(0, len(entries), size):
            pictures = []
            for name, content in entries[start : start + size]:
                picture = _picture(name, content)
                expected = expected or picture.shape
                if picture.shape != expected:
                    raise UserError(
                        f"{name} is {picture.shape[1]} x {picture.shape[0]} pixels where the first picture is {expected[1]} x "
                        f"{expected[0]}; crop and resize all pictures as the samples are."
                    )
                pictures.append(picture)
            yield np.stack(pictures)

    return blocks


def _picture(name: str, content: Callable[[], bytes]) -> np.ndarray:
    try:
        with Image.open(io.BytesIO(content())) as picture:
            return np.asarray(picture.convert("RGB"))
    except (OSError, UnidentifiedImageError) as error:
        raise UserError(f"{name} cannot be read as a picture ({error}); remove it.") from error
