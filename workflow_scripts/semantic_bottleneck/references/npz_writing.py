"""An .npz file whose arrays arrive in blocks and are never in memory as a whole."""

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from semantic_bottleneck.files.atomic import atomic_path

DATE = (1980, 1, 1, 0, 0, 0)
"""Of every array, so that equal content gives equal bytes."""


def write_npz(path: str | Path, arrays: Mapping[str, tuple[tuple[int, ...], Iterable[np.ndarray]]]) -> None:
    """Write arrays (name -> shape and blocks along the first axis, all of one dtype), uncompressed, atomically."""
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, (shape, blocks) in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy", DATE), "w", force_zip64=True) as stream:
                for number, block in enumerate(blocks):
                    if number == 0:
                        descr = np.lib.format.dtype_to_descr(block.dtype)
                        header = {"descr": descr, "fortran_order": False, "shape": shape}
                        np.lib.format.write_array_header_2_0(stream, header)
                    stream.write(block.tobytes())
