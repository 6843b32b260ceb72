"""Tensors of a .pt file (a zip of `data.pkl` and one uncompressed record per storage), read by ranges."""

import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping

from torch import Tensor

from semantic_bottleneck.checkpoints.layout import TensorLayout, build, check_layout
from semantic_bottleneck.checkpoints.ranges import ByteSource, WholeFileNeededError, read_spans
from semantic_bottleneck.checkpoints.selection import outer_keys, unwrap
from semantic_bottleneck.checkpoints.skeleton import layout_of, read_skeleton
from semantic_bottleneck.checkpoints.tail_file import TailFile
from semantic_bottleneck.errors import UserError

LOCAL_HEADER = struct.Struct("<4s22xHH")


class TorchZip:
    """A .pt file over `source`.

    Raises:
        WholeFileNeededError: it is some other zip archive.
        UserError: it is truncated, damaged, or holds anything but weights.
    """

    kind = "pt"

    def __init__(self, source: ByteSource):
        self._source, self._file = source, source.name
        self._records, self._limits = self._directory()
        if "constants.pkl" in self._records:
            raise UserError(f"{self._file} is a TorchScript program, not a state dict; convert it to safetensors first.")
        first = {name: record for name in ("data.pkl", "byteorder") if (record := self._records.get(name))}
        plain = {name: bytes(data) for name, data in self._contents(first)}
        if plain.get("byteorder", b"little") != b"little":
            raise UserError(f"{self._file} was saved on a big-endian machine; save it again on a little-endian one.")
        # torch numbers its storages; anything else in this folder is not its own.
        storages = [key for name in self._records if (key := name.removeprefix("data/")) != name and key.isdecimal()]
        self._tree, self._keys = read_skeleton(plain["data.pkl"], storages, self._file)

    def outer_keys(self) -> list[str]:
        """The keys under which the file keeps state dicts; '' where tensors lie at the top."""
        return outer_keys(self._tree)

    def layouts(self, keys: Iterable[str]) -> tuple[str, dict[str, TensorLayout]]:
        """The outer key that was found ('' for none) and the layout of every tensor under it.

        Raises:
            UserError: no state dict is there, or a tensor of it is no plain view of a storage.
        """
        outer, tensors = unwrap(self._tree, keys, self._file)
        layouts = {}
        for name, tensor in tensors.items():
            layout = layout_of(tensor, self._keys)
            if layout is None:
                raise UserError(
                    f"{self._file}: tensor {name!r} is sparse, quantised or without data; save it as plain numbers."
                )
            stored, claimed = self._records[f"data/{layout.storage}"].file_size, tensor.untyped_storage().nbytes()
            if stored != claimed:
                raise UserError(f"{self._file}: tensor {name!r} claims {claimed} bytes, {stored} are stored; get it again.")
            layouts[name] = layout
        return outer, layouts

    def read(self, layouts: Mapping[str, TensorLayout]) -> dict[str, Tensor]:
        """The tensors, checked against the records' CRC-32 and for finite values.

        Raises:
            UserError: a record is damaged, too short for its tensor, or holds NaN or infinity.
        """
        wanted: dict[str, list[str]] = {}
        for name, layout in layouts.items():
            record = f"data/{layout.storage}"
            check_layout(name, layout, self._records[record].file_size, self._file)
            wanted.setdefault(record, []).append(name)
        tensors = {}
        for record, content in self._contents({name: self._records[name] for name in wanted}):
            for name in wanted[record]:
                tensors[name] = build(name, layouts[name], content, self._file)
        return {name: tensors[name] for name in layouts}

    def _directory(self) -> tuple[dict[str, zipfile.ZipInfo], dict[int, int]]:
        """Records by name below the root folder, and for each record's start the latest byte it may reach."""
        try:
            with zipfile.ZipFile(TailFile(self._source)) as archive:
                infos, end = archive.infolist(), archive.start_dir
        except (UserError, WholeFileNeededError):
            raise
        except Exception as error:  # zipfile raises a dozen kinds on damaged directories
            raise UserError(f"{self._file} is truncated or damaged (its zip directory is unreadable); get it again.") from error
        roots = {info.filename.removesuffix("/data.pkl") for info in infos if info.filename.endswith("/data.pkl")}
        roots = {root for root in roots if "/" not in root}
        if not roots:
            raise WholeFileNeededError(f"{self._file} is a zip archive of files")
        if len(roots) > 1:
            raise UserError(f"{self._file} holds {len(roots)} pickles where one is expected; get it again.")
        root = f"{roots.pop()}/"
        records = {}
        for info in infos:
            name = info.filename.removeprefix(root)
            if name in records:
                raise UserError(f"{self._file} is damaged (it lists {info.filename!r} twice); get it again.")
            records[name] = info
        starts = sorted({info.header_offset for info in infos})
        return records, dict(zip(starts, [*starts[1:], end], strict=True))

    def _contents(self, records: Mapping[str, zipfile.ZipInfo]) -> Iterator[tuple[str, memoryview]]:
        # From a record's header to the next record's: the header's own padding length is only known on arrival.
        spans = {name: (info.header_offset, self._limits[info.header_offset]) for name, info in records.items()}
        for name, block in read_spans(self._source, spans):
            yield name, self._unpack(records[name], block)

    def _unpack(self, info: zipfile.ZipInfo, block: memoryview) -> memoryview:
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
            raise UserError(f"{self._file} was compressed or encrypted after it was saved; get the original file.")
        if len(block) >= LOCAL_HEADER.size:
            magic, name_length, extra_length = LOCAL_HEADER.unpack_from(block)
            start = LOCAL_HEADER.size + name_length + extra_length
            content = block[start : start + info.file_size]
            named = bytes(block[LOCAL_HEADER.size :][:name_length]) == info.orig_filename.encode()
            # torch writes 0 where it was told not to compute checksums.
            if magic == b"PK\x03\x04" and named and len(content) == info.file_size:
                if info.CRC in (0, zlib.crc32(content)):
                    return content
                raise UserError(f"{self._file} is damaged (the checksum of {info.filename!r} does not hold); get it again.")
        raise UserError(
            f"{self._file} is truncated or damaged (record {info.filename!r} is not where it should be); get it again."
        )
