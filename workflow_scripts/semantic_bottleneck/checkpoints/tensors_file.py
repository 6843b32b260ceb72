"""Tensors as .safetensors: equal content gives equal bytes, and the file has the mode that the umask asks for.

The library's own writer puts the metadata in the order of a hash table that is seeded anew each time, and makes files that
only their owner can read.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from semantic_bottleneck.checkpoints.safetensors_file import DTYPES
from semantic_bottleneck.files.atomic import atomic_path

NAMES = {dtype: name for name, dtype in DTYPES.items()}
ALIGNMENT = 8


def write(path: str | Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> None:
    """Write the tensors, wide types first and then by name, atomically; readable by any safetensors reader.

    Args:
        tensors: on any device, contiguous or not, of the dtypes of the format.
        metadata: texts by name, kept in the header.
    """
    order = sorted(tensors, key=lambda name: (-tensors[name].dtype.itemsize, name))
    header: dict[str, object] = {"__metadata__": dict(sorted(metadata.items()))} if metadata else {}
    position = 0
    for name in order:
        tensor = tensors[name]
        stop = position + tensor.numel() * tensor.dtype.itemsize
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [position, stop]}
        position = stop
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in order:
            if tensors[name].numel():
                file.write(tensors[name].detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
