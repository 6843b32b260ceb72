"""Image files of kinds that Pillow reads but does not write."""

import io
import struct
import zlib

import numpy as np
import tifffile
from PIL import Image

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
"""PNG's colour types."""


def saved(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(rows: list[bytes], width: int, depth: int, colour: int, **chunks: bytes) -> bytes:
    """A PNG of packed rows; `chunks` (name -> content) come before the pixels."""
    header = struct.pack(">IIBBBBB", width, len(rows), depth, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *(chunk(name.encode(), content) for name, content in chunks.items())]
    parts += [chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows))), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def png16(values: np.ndarray, colour: int, **chunks: bytes) -> bytes:
    """16 bits: uint16 (H, W) or (H, W, C)."""
    return png([row.astype(">u2").tobytes() for row in values], values.shape[1], 16, colour, **chunks)


def tiff(values: np.ndarray, **options) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, values, **options)
    return stream.getvalue()


def claiming(content: bytes, width: int, height: int) -> bytes:
    """A PNG whose header alone claims another size."""
    return content[:8] + chunk(b"IHDR", struct.pack(">II", width, height) + content[24:29]) + content[33:]
