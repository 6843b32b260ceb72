"""What kind of file the first bytes announce."""

from typing import Literal

from semantic_bottleneck.errors import UserError

Kind = Literal["zip", "safetensors", "legacy", "archive"]
SNIFF = 512
# A safetensors header is JSON of at most this many bytes (limit of the format's reference reader).
HEADER_LIMIT = 100_000_000
# Pickle of torch's magic number 0x1950a86a20f9469cfc6c, with which files older than torch 1.6 begin.
LEGACY = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
ARCHIVES = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf'\x1c")


def check_served(head: bytes | bytearray, name: str) -> None:
    """Require that the first bytes are a file's own and not what servers put in its place.

    Raises:
        UserError: nothing came, a web page or a Git LFS pointer.
    """
    start = bytes(head).lstrip()[:64].lower()
    if not head:
        raise UserError(f"{name} is empty; get it again.")
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        raise UserError(f"{name} is a web page, not a checkpoint; open the address in a browser to see what it says.")
    if start.startswith(b"version https://git-lfs"):
        raise UserError(f"{name} is a Git LFS pointer, not the file it points to; fetch it with git lfs pull.")


def kind_of(head: bytes | bytearray, size: int, name: str) -> Kind:
    """The container of a file from its first SNIFF bytes and its size; `name` is for the message.

    Raises:
        UserError: it is empty, a web page, a Git LFS pointer or something unknown.
    """
    check_served(head, name)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head[:1] == b"\x80" and bytes(head[2:]).startswith(LEGACY):
        return "legacy"
    if head.startswith(ARCHIVES) or head[257:262] == b"ustar":
        return "archive"
    length = int.from_bytes(head[:8], "little")
    if size > 9 and head[8:9] == b"{":
        if length <= min(HEADER_LIMIT, size - 8):
            return "safetensors"
        raise UserError(f"{name} is truncated or damaged (its header claims {length} of {size} bytes); get it again.")
    raise UserError(
        f"{name} is neither a .pt file nor safetensors nor an archive (it begins with {bytes(head[:8])!r}); "
        "correct the url in the card or get the file again."
    )
