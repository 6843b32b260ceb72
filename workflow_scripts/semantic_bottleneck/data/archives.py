"""The published files of MNIST-like sets (IDX) and of CIFAR-10 (binary version), without executing anything in them."""

import gzip
import math
import tarfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from semantic_bottleneck.errors import UserError

CIFAR_RECORD = 1 + 3 * 32 * 32
PIECE = 1 << 24
LARGEST = 1 << 31
"""Bytes that a file may unpack to."""


def read_idx(files: Sequence[Path]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Training images, training labels, test images, test labels (gzipped IDX), in this order.

    Returns:
        images uint8 (N, 1, h, w), labels int64 (N,), and bool (N,), True for test images.

    Raises:
        UserError: a file is damaged or there are not as many labels as images.
    """
    images = [_idx(files[index], 3) for index in (0, 2)]
    labels = [_idx(files[index], 1) for index in (1, 3)]
    for pictures, classes, file in zip(images, labels, (files[1], files[3]), strict=True):
        if len(pictures) != len(classes):
            raise UserError(f"{file} holds {len(classes)} labels for {len(pictures)} images; get both files again.")
    official = np.repeat([False, True], [len(part) for part in images])
    return np.concatenate(images)[:, None], np.concatenate(labels).astype(np.int64), official


def _idx(path: Path, dimensions: int) -> np.ndarray:
    try:
        raw = bytearray()
        with gzip.open(path) as file:
            while len(raw) <= LARGEST and (piece := file.read(PIECE)):
                raw += piece
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{path} is absent or damaged ({error}); get it again.") from error
    if len(raw) > LARGEST:
        raise UserError(f"{path} unpacks to more than {LARGEST:,} bytes, which no IDX file needs; get it again.")
    header = 4 + 4 * dimensions
    if raw[:4] != bytes([0, 0, 8, dimensions]) or len(raw) < header:
        raise UserError(f"{path} is no IDX file of bytes in {dimensions} dimensions; get it again.")
    shape = np.frombuffer(raw[4:header], dtype=">u4").tolist()
    if len(raw) - header != math.prod(shape) or 0 in shape:
        raise UserError(f"{path} is truncated; get it again.")
    return np.frombuffer(raw, dtype=np.uint8, offset=header).reshape(shape)


def read_cifar(files: Sequence[Path]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """CIFAR-10's binary archive: uint8 (60000, 3, 32, 32), labels int64, and bool, True for the test batch.

    Raises:
        UserError: the archive is damaged or is another version.
    """
    names = [f"data_batch_{number}.bin" for number in range(1, 6)] + ["test_batch.bin"]
    try:
        with tarfile.open(files[0]) as archive:
            members = {Path(member.name).name: member for member in archive if member.isfile() and member.size <= LARGEST}
            opened = [archive.extractfile(members[name]) for name in names]
            parts = [file.read() for file in opened if file is not None]
    except Exception as error:  # the readers raise a dozen kinds on damaged archives
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"{files[0]} is absent, damaged or not CIFAR-10's binary version ({reason}); get it again.") from error
    if any(len(part) % CIFAR_RECORD or not part for part in parts):
        raise UserError(f"{files[0]} is not CIFAR-10's binary version: a batch has no whole number of records; get it again.")
    records = [np.frombuffer(part, dtype=np.uint8).reshape(-1, CIFAR_RECORD) for part in parts]
    rows = np.concatenate(records)
    official = np.repeat([False, True], [sum(map(len, records[:-1])), len(records[-1])])
    return rows[:, 1:].reshape(-1, 3, 32, 32), rows[:, 0].astype(np.int64), official
