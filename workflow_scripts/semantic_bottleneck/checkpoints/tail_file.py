"""A seekable read-only file over a ByteSource, for readers that begin at the end, as zip readers do."""

import io

from semantic_bottleneck.checkpoints.ranges import ByteSource, read
from semantic_bottleneck.errors import UserError

# A zip directory of a network with a thousand tensors is about 100 kB: the last block holds it.
BLOCK = 1 << 17
LIMIT = 1 << 26


class TailFile(io.RawIOBase):
    """Reads ahead in blocks counted from the end of the file, and keeps them.

    Raises:
        UserError: a reader asks for more than LIMIT bytes at once: the directory it follows is damaged.
    """

    def __init__(self, source: ByteSource):
        self._source, self._position = source, 0
        self._blocks: dict[int, bytearray] = {}

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._source.size}[whence]
        if start + offset < 0:
            raise OSError("negative seek position")
        self._position = start + offset
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # Buffer has no name before Python 3.12
        count = max(0, min(len(buffer), self._source.size - self._position))
        if count > LIMIT:
            raise UserError(f"{self._source.name} has a damaged directory; get the file again.")
        done = 0
        while done < count:
            block, start = self._block(self._position)
            piece = block[self._position - start :][: count - done]
            buffer[done : done + len(piece)] = piece
            done += len(piece)
            self._position += len(piece)
        return count

    def _block(self, position: int) -> tuple[bytearray, int]:
        index = (self._source.size - 1 - position) // BLOCK
        start = max(0, self._source.size - (index + 1) * BLOCK)
        if index not in self._blocks:
            self._blocks[index] = read(self._source, start, self._source.size - index * BLOCK)
        return self._blocks[index], start
