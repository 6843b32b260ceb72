"""The reader that fits a file, chosen by its first bytes."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from torch import Tensor

from semantic_bottleneck.checkpoints.layout import TensorLayout
from semantic_bottleneck.checkpoints.ranges import ByteSource, WholeFileNeededError, read
from semantic_bottleneck.checkpoints.safetensors_file import SafetensorsFile
from semantic_bottleneck.checkpoints.sniff import SNIFF, kind_of
from semantic_bottleneck.checkpoints.torch_zip import TorchZip


class Container(Protocol):
    """What every container offers; `kind` is its name in provenance."""

    kind: str

    def outer_keys(self) -> list[str]:
        """The keys under which the file keeps state dicts; '' where tensors lie at the top."""

    def layouts(self, keys: Iterable[str]) -> tuple[str, dict[str, TensorLayout]]:
        """The outer key that was found ('' for none) and the layout of every tensor under it."""

    def read(self, layouts: Mapping[str, TensorLayout]) -> dict[str, Tensor]:
        """The tensors of these layouts, verified as far as the format allows."""


def open_container(source: ByteSource) -> Container:
    """A reader of single tensors over `source`.

    Raises:
        WholeFileNeededError: a legacy pickle or an archive.
        UserError: it is no checkpoint, truncated, damaged or hostile.
    """
    kind = kind_of(read(source, 0, min(SNIFF, source.size)), source.size, source.name)
    if kind == "zip":
        return TorchZip(source)
    if kind == "safetensors":
        return SafetensorsFile(source)
    reason = "an old-style pickle without a directory" if kind == "legacy" else "an archive"
    raise WholeFileNeededError(f"{source.name} is {reason}")
