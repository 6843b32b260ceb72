"""Samples that somebody else made: their labels."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from semantic_bottleneck.arrays import Int64
from semantic_bottleneck.checkpoints.npz import Npz
from semantic_bottleneck.checkpoints.ranges import LocalBytes
from semantic_bottleneck.errors import UserError

LABELS = "arr_1"
LARGEST = 1 << 30
"""Bytes of labels."""


def labels_of(path: Path, given: Mapping, name: str) -> Int64[np.ndarray, " samples"] | None:
    """The classes in an .npz file's arr_1, int64 (N,); None where the study says that sample i has class i modulo their number.

    Raises:
        UserError: the file is absent, has no such array, or one that counts something else.
    """
    if not path.exists():
        raise UserError(f"given.{name}.path: {path} does not exist; correct it.")
    if given["labels"] == "balanced":
        return None
    if path.suffix != ".npz":
        raise UserError(f"given.{name}: a folder has no labels; set labels: balanced if sample i has class i modulo classes.")
    with LocalBytes(path) as source:
        npz = Npz(source)
        if LABELS not in npz.names:
            raise UserError(
                f"given.{name}: {path} has no labels ({LABELS}); add them, or set labels: balanced if sample i has class i "
                "modulo classes."
            )
        labels = npz.array(LABELS, LARGEST)
    count = given["classes"]
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= count:
        raise UserError(
            f"given.{name}: {LABELS} of {path} must hold whole numbers from 0 to {count - 1}, one for each picture."
        )
    return labels.astype(np.int64)
