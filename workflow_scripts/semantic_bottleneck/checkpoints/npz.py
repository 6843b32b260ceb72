"""Arrays of an .npz file (a zip of .npy members, stored or deflated) over any byte source, only as far as they are read."""

import math
import struct
import zipfile
import zlib
from collections.abc import Iterator

import numpy as np

from semantic_bottleneck.checkpoints.ranges import ByteSource, WholeFileNeededError, read
from semantic_bottleneck.checkpoints.tail_file import TailFile
from semantic_bottleneck.errors import UserError

LOCAL_HEADER = struct.Struct("<4s22xHH")
HEAD = 1 << 10
PIECE = 1 << 24
"""Bytes asked for at once: bounds the memory beside the arrays."""


class Npz:
    """The arrays of an .npz file.

    Raises:
        UserError: it is no zip file, truncated or damaged.
    """

    def __init__(self, source: ByteSource):
        self._source = source
        try:
            with zipfile.ZipFile(TailFile(source)) as archive:
                found = archive.infolist()
        except (UserError, WholeFileNeededError):
            raise
        except Exception as error:  # zipfile raises a dozen kinds on damaged directories
            raise UserError(f"{source.name} is no .npz file, or a truncated one; get it again.") from error
        self._members = {info.filename.removesuffix(".npy"): info for info in found}

    @property
    def names(self) -> list[str]:
        """Names of the arrays."""
        return list(self._members)

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of an array, from its header alone.

        Raises:
            UserError: see `array`.
        """
        return self._open(name)[1]

    def dtype(self, name: str) -> np.dtype:
        """Type of an array, from its header alone.

        Raises:
            UserError: see `array`.
        """
        return self._open(name)[2]

    def array(self, name: str, limit: int) -> np.ndarray:
        """A whole array, its checksum verified.

        Args:
            limit: largest number of values that makes sense.

        Raises:
            UserError: it is absent, holds objects, is larger than `limit` values, or its bytes are damaged.
        """
        content, shape, dtype, fortran = self._open(name)
        count = math.prod(shape)
        if count > limit:
            raise UserError(f"{self._source.name}: array {name!r} has shape {list(shape)}, too large for what it should hold.")
        values = np.frombuffer(content.take(count * dtype.itemsize), dtype=dtype).reshape(shape, order="F" if fortran else "C")
        content.finish()
        return values

    def rows(self, name: str, count: int, block: int) -> Iterator[np.ndarray]:
        """The first `count` rows of an array, `block` at a time; the rest of a stored array is never asked for.

        The checksum is verified where all rows are taken.

        Raises:
            UserError: see `array`.
        """
        content, shape, dtype, fortran = self._open(name)
        if not shape:
            raise UserError(f"{self._source.name}: array {name!r} has no rows.")
        if fortran and len(shape) > 1:
            raise UserError(f"{self._source.name}: array {name!r} is not stored row by row; save it again.")
        size = math.prod(shape[1:]) * dtype.itemsize
        for start in range(0, min(count, shape[0]), block):
            rows = min(block, count - start, shape[0] - start)
            yield np.frombuffer(content.take(rows * size), dtype=dtype).reshape(rows, *shape[1:])
        if count >= shape[0]:
            content.finish()

    def _open(self, name: str) -> tuple["_Content", tuple[int, ...], np.dtype, bool]:
        if name not in self._members:
            raise UserError(f"{self._source.name} holds no array {name!r}; it holds {', '.join(self._members) or 'nothing'}.")
        content = _Content(self._source, self._members[name])
        try:
            version = np.lib.format.read_magic(content)
            header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, fortran, dtype = header(content)
        except UserError:
            raise
        except Exception as error:  # numpy's reader of headers raises a dozen kinds on damaged ones
            raise UserError(
                f"{self._source.name}: {name!r} is no array ({type(error).__name__}); get the file again."
            ) from error
        if dtype.kind not in "biuf" or not all(type(length) is int and length >= 0 for length in shape):
            raise UserError(f"{self._source.name}: array {name!r} holds no plain numbers; save it again.")
        return content, shape, dtype, bool(fortran)


class _Content:
    """The uncompressed bytes of a zip member, in order, fetched as far as they are taken."""

    def __init__(self, source: ByteSource, info: zipfile.ZipInfo):
        self._source, self._info = source, info
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
            raise UserError(f"{source.name}: {info.filename!r} is compressed in an unknown way or encrypted; save it again.")
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS) if info.compress_type == zipfile.ZIP_DEFLATED else None
        self._waiting, self._sum, self._given = bytearray(), 0, 0
        # The zip entry's header and the array's arrive with one request.
        head = read(source, info.header_offset, min(info.header_offset + HEAD, source.size))
        magic, name, extra = LOCAL_HEADER.unpack_from(head) if len(head) >= LOCAL_HEADER.size else (b"", 0, 0)
        begin = LOCAL_HEADER.size + name + extra
        if magic != b"PK\x03\x04" or begin > len(head):
            raise self._damaged()
        self._position = info.header_offset + begin
        self._stop = self._position + info.compress_size
        self._add(head[begin : begin + info.compress_size])

    def read(self, count: int = 0, /) -> bytes:
        """`take` under the name that numpy's header reader calls."""
        return bytes(self.take(count))

    def take(self, count: int) -> bytearray:
        """The next `count` bytes.

        Raises:
            UserError: the member ends before, or does not unpack.
        """
        if self._given + count > self._info.file_size:
            raise self._damaged()
        while len(self._waiting) < count:
            # What is stored has its own length; what is deflated has an unknown one.
            wanted = PIECE if self._inflate else min(PIECE, count - len(self._waiting))
            stop = min(self._position + wanted, self._stop)
            if stop == self._position:
                raise self._damaged()
            self._add(read(self._source, self._position, stop))
        taken = self._waiting[:count]
        del self._waiting[:count]
        self._sum, self._given = zlib.crc32(taken, self._sum), self._given + count
        return taken

    def finish(self) -> None:
        """Require that everything was taken and that the checksum holds.

        Raises:
            UserError: it does not.
        """
        if self._given != self._info.file_size or self._sum != self._info.CRC:
            raise self._damaged()

    def _add(self, block: bytes | bytearray) -> None:
        self._position += len(block)
        try:
            while block:
                self._waiting += self._inflate.decompress(block, PIECE) if self._inflate else block
                if len(self._waiting) > self._info.file_size:
                    raise self._damaged()
                block = self._inflate.unconsumed_tail if self._inflate else b""
        except zlib.error as error:
            raise self._damaged() from error

    def _damaged(self) -> UserError:
        return UserError(f"{self._source.name} is truncated or damaged (in {self._info.filename!r}); get it again.")
