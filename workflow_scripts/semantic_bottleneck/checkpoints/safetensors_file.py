"""Tensors of a .safetensors file, read by ranges.

Format: 8 bytes little-endian length of a JSON header, the header, the values. Each entry holds dtype, shape and
data_offsets, counted from the end of the header; the entries cover the values without holes or overlaps.
"""

import json
from collections.abc import Iterable, Mapping

from torch import Tensor

from semantic_bottleneck.checkpoints.layout import TensorLayout, build, contiguous
from semantic_bottleneck.checkpoints.ranges import ByteSource, read, read_spans
from semantic_bottleneck.checkpoints.sniff import HEADER_LIMIT
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.tensors_file import DTYPES


class SafetensorsFile:
    """A .safetensors file over `source`.

    Raises:
        UserError: its header is damaged or does not describe the bytes that follow.
    """

    kind = "safetensors"

    def __init__(self, source: ByteSource):
        self._source, self._file = source, source.name
        length = int.from_bytes(read(source, 0, 8), "little")
        if length > HEADER_LIMIT:
            raise self._damaged("its header is too long")
        self._start = 8 + length
        try:
            header = json.loads(read(source, 8, self._start), object_pairs_hook=_without_repeats)
            _check_metadata(header.get("__metadata__", {}))
            entries = {name: _entry(name, value) for name, value in header.items() if name != "__metadata__"}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise self._damaged("its header is unreadable") from error
        self._layouts = {name: layout for name, (layout, _) in entries.items()}
        self._spans = {name: span for name, (_, span) in entries.items()}
        position = 0
        for start, stop in sorted(self._spans.values()):
            if start != position or stop < start:
                raise self._damaged("its tensors overlap or leave holes")
            position = stop
        if self._start + position != source.size:
            raise self._damaged(f"{self._start + position} bytes are announced, {source.size} are there")
        for name, (start, stop) in self._spans.items():
            if stop - start != self._layouts[name].numel * self._layouts[name].dtype.itemsize:
                raise self._damaged(f"tensor {name!r} does not fit its bytes")

    def outer_keys(self) -> list[str]:
        """One state dict, at the top."""
        return [""]

    def layouts(self, keys: Iterable[str]) -> tuple[str, dict[str, TensorLayout]]:
        """The layout of every tensor; the format has no outer keys, so `keys` play no part."""
        return "", dict(self._layouts)

    def read(self, layouts: Mapping[str, TensorLayout]) -> dict[str, Tensor]:
        """The tensors, checked for finite values.

        Raises:
            UserError: a tensor holds NaN or infinity.
        """
        spans = {}
        for name, layout in layouts.items():
            start, stop = self._spans[layout.storage]
            spans[name] = (self._start + start, self._start + stop)
        tensors = {name: build(name, layouts[name], content, self._file) for name, content in read_spans(self._source, spans)}
        return {name: tensors[name] for name in layouts}

    def _damaged(self, reason: str) -> UserError:
        return UserError(f"{self._file} is truncated or damaged ({reason}); get it again.")


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("repeated name")
    return dict(pairs)


def _check_metadata(metadata: object) -> None:
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise ValueError("metadata other than texts")


def _entry(name: str, value: Mapping) -> tuple[TensorLayout, tuple[int, int]]:
    shape, (start, stop) = value["shape"], value["data_offsets"]
    if not all(type(number) is int and number >= 0 for number in (*shape, start, stop)):
        raise ValueError("negative or fractional number")
    return contiguous(name, DTYPES[value["dtype"]], shape), (start, stop)
