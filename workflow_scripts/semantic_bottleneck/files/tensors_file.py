"""Tensors as .safetensors: equal content gives equal bytes, the mode is the umask's, and a flipped bit does not go unseen.

The library's own writer puts the metadata in the order of a hash table that is seeded anew each time, and makes files that
only their owner can read. The first entry of our metadata is the SHA-256 of the whole file with zeros in that entry's place.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from semantic_bottleneck.files.atomic import atomic_path
from semantic_bottleneck.files.damage import DamagedError

DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "C64": torch.complex64,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U64": torch.uint64,
    "U32": torch.uint32,
    "U16": torch.uint16,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
ALIGNMENT = 8
CHECKSUM = "content_sha256"
BEGINNING = f'{{"__metadata__":{{"{CHECKSUM}":"'.encode()
PLACE = 8 + len(BEGINNING)
"""Where the checksum's digits lie in the file."""
NONE = "0" * 64
BLOCK = 1 << 20


def write(path: str | Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> None:
    """Write the tensors, wide types first and then by name, atomically; readable by any safetensors reader.

    Args:
        tensors: on any device, contiguous or not, of the dtypes of the format.
        metadata: texts by name, kept in the header.
    """
    order = sorted(tensors, key=lambda name: (-tensors[name].dtype.itemsize, name))
    header: dict[str, object] = {"__metadata__": {CHECKSUM: NONE} | dict(sorted((metadata or {}).items()))}
    position = 0
    for name in order:
        tensor = tensors[name]
        stop = position + tensor.numel() * tensor.dtype.itemsize
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [position, stop]}
        position = stop
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    with atomic_path(path) as temporary, temporary.open("w+b") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in order:
            if tensors[name].numel():
                file.write(tensors[name].detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
        digits = _checksum(file)
        file.seek(PLACE)
        file.write(digits)


def read(path: str | Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors (on the CPU) and metadata of a file that `write` left.

    Raises:
        DamagedError: its checksum does not hold, or it is absent or not such a file.
    """
    metadata = read_metadata(path)
    with _opened(path) as file:
        return {name: file.get_tensor(name) for name in list(file.keys())}, metadata


def read_metadata(path: str | Path) -> dict[str, str]:
    """The metadata alone, once the checksum of the whole file holds.

    Raises:
        DamagedError: it does not hold, or the file is absent or not such a file.
    """
    check(path)
    try:
        with _opened(path) as file:
            return {name: text for name, text in file.metadata().items() if name != CHECKSUM}
    except Exception as error:  # the reader's own kind, or another's file without metadata
        raise DamagedError(path, error) from error


def _opened(path: str | Path) -> Any:
    from safetensors import safe_open  # here, since most jobs only write

    return safe_open(path, framework="pt")


def check(path: str | Path) -> None:
    """Require that a file is what `write` wrote.

    Raises:
        DamagedError: its checksum does not hold, or it is absent or not such a file.
    """
    try:
        with open(path, "rb") as file:
            file.seek(PLACE)
            if file.read(len(NONE)) != _checksum(file):
                raise DamagedError(path, "its checksum does not hold")
    except OSError as error:
        raise DamagedError(path, error.strerror or error) from error


def _checksum(file: BinaryIO) -> bytes:
    """The hexadecimal digits that stand for all of the file but themselves."""
    file.seek(0)
    digest = hashlib.sha256(file.read(PLACE) + NONE.encode())
    file.seek(len(NONE), os.SEEK_CUR)
    while block := file.read(BLOCK):
        digest.update(block)
    return digest.hexdigest().encode()
