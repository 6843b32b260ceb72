"""The pieces in a SentencePiece model file, for tokenizers that are published as one (spiece.model) and not as tokenizer.json.

transformers reads such a file with two packages that this project does without. Of the file's message, as SentencePiece
publishes it (sentencepiece_model.proto), field 1 is a piece (1 its text, 2 its score) and field 3 the normaliser (2 its table
of characters).
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from semantic_bottleneck.errors import UserError


def read_pieces(path: Path) -> tuple[list[tuple[str, float]], bytes]:
    """Pieces with their scores, in the order of their ids, and the compiled table of characters (empty: none).

    Raises:
        UserError: the file is none of SentencePiece.
    """
    pieces, table = [], b""
    try:
        for field, value in _fields(path.read_bytes()):
            if field == 1:
                piece = dict(_fields(value))
                pieces.append((piece[1].decode(), struct.unpack("<f", piece.get(2, bytes(4)))[0]))
            elif field == 3:
                table = dict(_fields(value)).get(2, b"")
    except (OSError, ValueError, KeyError, IndexError, struct.error) as error:
        raise UserError(f"{path} cannot be read as a SentencePiece model ({error}); delete it and run again.") from error
    if not pieces:
        raise UserError(f"{path} holds no pieces of SentencePiece; delete it and run again.")
    return pieces, table


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """(number, bytes) of each field that is no whole number: none of those is needed."""
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        match tag & 7:
            case 0:
                _, place = _varint(message, place)
                continue
            case 1:
                size = 8
            case 2:
                size, place = _varint(message, place)
            case 5:
                size = 4
            case wire:
                raise ValueError(f"it has a field of type {wire}")
        if place + size > len(message):
            raise ValueError("it is cut off")
        yield tag >> 3, message[place : place + size]
        place += size


def _varint(message: bytes, place: int) -> tuple[int, int]:
    """A whole number in groups of seven bits, the lowest first, and where the next field begins."""
    value = shift = 0
    while True:
        byte = message[place]
        value, shift, place = value | (byte & 127) << shift, shift + 7, place + 1
        if byte < 128:
            return value, place
