"""DeepFashion as the pose models read it: pairs, pictures, keypoints (docs/sources/continuous_conditioning.md, section 1.7)."""

from pathlib import Path
from typing import NamedTuple

import lmdb
import numpy as np

from semantic_bottleneck.arrays import Float64, UInt8
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.image_files.decoding import UnreadableError, pixels
from semantic_bottleneck.randomness.noise import generator

SIZE = 256
JOINTS = 18


class Pair(NamedTuple):
    """One line of the pairs file: the picture to make, and the pictures that show what the person wears."""

    target: str
    sources: tuple[str, ...]


def read_pairs(path: str | Path) -> list[Pair]:
    """Lines `target,source[,source...]`, the target FIRST, paths such as img/WOMEN/Tees/id_00000001/01_1_front.jpg.

    Raises:
        UserError: the file is absent or empty, or a line is malformed.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); put DeepFashion's pairs file there.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text; put DeepFashion's pairs file there.") from error
    pairs = []
    for number, line in enumerate(lines, start=1):
        names = [name.strip() for name in line.split(",")]
        if names == [""]:
            continue
        if len(names) < 2 or not all(_is_picture(name) for name in names):
            raise UserError(
                f"{path}, line {number}: expected target,source[,source...] as img/….jpg paths, found '{line[:80]}'."
            )
        pairs.append(Pair(names[0], tuple(names[1:])))
    if not pairs:
        raise UserError(f"{path} holds no pair; put DeepFashion's pairs file there.")
    return pairs


def _is_picture(name: str) -> bool:
    """Whether it names a picture below img/, and so a pose below pose/."""
    return name.startswith("img/") and name.endswith(".jpg") and ".." not in name.split("/") and "\0" not in name


def choose_source(pair: Pair, seed: int, index: int) -> str:
    """The source of line `index`; among several, one that depends on (seed, index) only (officially: unseeded)."""
    if len(pair.sources) == 1:
        return pair.sources[0]
    return pair.sources[generator(seed, index, draw=1).integers(len(pair.sources))]


def read_keypoints(folder: str | Path, picture: str) -> tuple[Float64[np.ndarray, "18 2"], str]:
    """Keypoints (18, 2) float64 of a picture named as in the pairs file, and the name of the file they came from.

    Args:
        folder: the folder that `pose/` paths are relative to.

    Raises:
        UserError: the file is absent or is not 18 rows of two numbers.
    """
    path = Path(folder) / Path(picture).relative_to("img").with_suffix(".txt")
    try:
        rows = [
            [float(value) for value in line.split()] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
        ]
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); the pose of {picture} belongs there.") from error
    except ValueError as error:
        raise UserError(f"{path} is not a pose file: it needs {JOINTS} lines of two numbers, x and y.") from error
    if len(rows) != JOINTS or any(len(row) != 2 for row in rows) or not np.isfinite(rows).all():
        raise UserError(f"{path} is not a pose file: it needs {JOINTS} lines of x and y, with -1 -1 for a missing joint.")
    return np.array(rows), str(path)


class PairImages:
    """The LMDB of pictures; use as a context manager."""

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        try:
            self._environment = lmdb.open(str(folder), readonly=True, lock=False, readahead=False, create=False)
        except lmdb.Error as error:
            raise UserError(
                f"{folder} is not an LMDB with pictures ({error}); prepare DeepFashion's 256-256 folder again."
            ) from error

    def __enter__(self) -> "PairImages":
        return self

    def __exit__(self, *_) -> None:
        self._environment.close()

    def picture(self, name: str) -> UInt8[np.ndarray, "256 256 3"]:
        """The (256, 256, 3) uint8 RGB picture of a pairs-file path (stored under the same name with .png).

        Raises:
            UserError: no such key, not a picture, or another size.
        """
        key = str(Path(name).with_suffix(".png"))
        with self._environment.begin() as transaction:
            data = transaction.get(key.encode())
        if data is None:
            raise UserError(
                f"{self.folder} has no picture '{key}', which the pairs file names; prepare the LMDB and pairs together."
            )
        try:
            values = pixels(data)
        except UnreadableError as error:
            raise UserError(
                f"The entry '{key}' of {self.folder} is not a picture ({error}); prepare the LMDB again."
            ) from error
        if values.shape != (SIZE, SIZE, 3):
            raise UserError(
                f"The picture '{key}' of {self.folder} is {values.shape[1]} x {values.shape[0]}; it must be 256 x 256."
            )
        return values
