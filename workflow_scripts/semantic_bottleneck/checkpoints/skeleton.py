"""The object a .pt file holds, with tensors that have shapes but no values."""

import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable
from typing import BinaryIO

import torch

from semantic_bottleneck.checkpoints.harmless import DESCRIBED, HARMLESS
from semantic_bottleneck.checkpoints.layout import TensorLayout
from semantic_bottleneck.checkpoints.listing import plain
from semantic_bottleneck.errors import UserError

ROOT = "archive"
FILE_HEADER = 30
"""Bytes before the name of a zip's member."""


def read_skeleton(pickled: bytes, storages: Iterable[str], file: str) -> tuple[object, dict[int, str]]:
    """Load `data.pkl` with torch's weights-only loader, over storages without bytes.

    torch only ever sees a small zip made here, so a damaged directory cannot reach its zip reader. As in fake-tensor
    mode (which takes seconds to import), storages on the meta device carry the offset of their record
    (`_checkpoint_offset`); the returned mapping turns it back into the storage's key.

    Raises:
        UserError: the pickle asks for anything but tensors, containers, numbers and HARMLESS, or is damaged.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{ROOT}/data.pkl", pickled)
        archive.writestr(f"{ROOT}/version", "3\n")
        for key in storages:
            archive.writestr(f"{ROOT}/data/{key}", b"")
        prefix = f"{ROOT}/data/"
        keys = {
            info.header_offset + FILE_HEADER + len(info.filename.encode()) + len(info.extra): info.filename
            for info in archive.infolist()
        }
    keys = {offset: name.removeprefix(prefix) for offset, name in keys.items() if name.startswith(prefix)}
    buffer.seek(0)
    return load_weights_only(buffer, file, device="meta"), keys


def load_weights_only(source: BinaryIO, file: str, device: str) -> object:
    """torch.load to `device` that never runs what the file says; `file` is for the message.

    What HARMLESS names comes out empty: only tensors and the containers around them are read.

    Raises:
        UserError: the file is refused or damaged.
    """
    stand_ins: list[Callable | tuple[Callable, str]] = [(stand_in, name) for name, stand_in in HARMLESS.items()]
    try:
        with warnings.catch_warnings(), torch.serialization.safe_globals(stand_ins):
            warnings.simplefilter("ignore")
            return torch.load(source, map_location=device, weights_only=True)
    except Exception as error:  # a damaged pickle can make the loader fail in any way at all
        raise UserError(_sentence(file, str(error))) from error


def layout_of(tensor: torch.Tensor, keys: dict[int, str]) -> TensorLayout | None:
    """The layout of a tensor of the skeleton; None for kinds that are no plain view of a storage."""
    if tensor.layout != torch.strided or tensor.is_quantized:
        return None
    key = keys.get(getattr(tensor.untyped_storage(), "_checkpoint_offset", -1))
    if key is None:
        return None
    return TensorLayout(key, tensor.dtype, tuple(tensor.shape), tuple(tensor.stride()), int(tensor.storage_offset()))


def _sentence(file: str, message: str) -> str:
    refused = re.search(r"GLOBAL (\S+)", message)
    if refused:
        return (
            f"{file} asks to run {plain(refused[1])}, which is not on the list of harmless classes ({DESCRIBED}), so it was "
            "not loaded; save the bare state dict as safetensors if you trust its author."
        )
    if "Unsupported operand" in message:
        return (
            f"{file} is damaged or was pickled in a newer protocol than torch's safe loader reads; get it again, or save it "
            "again without pickle_protocol or as safetensors."
        )
    # torch wraps what went wrong into advice to switch the protection off, which must not reach the user.
    reason = message.partition("WeightsUnpickler error:")[2] or message
    reason = plain(reason.partition("Check the documentation")[0], longest=120)
    return f"{file} is damaged or holds more than weights ({reason or 'unreadable pickle'}); get it again."
