"""The bytes of one image file as an 8-bit picture, by rules that never depend on the pixels.

- 16 (or 12) bits keep their high eight, as Pillow, OpenCV and scikit-image reduce them: 65535 becomes 255. Signed, 32-bit and
  floating-point values are refused, since nothing says which of them is white.
- Transparency is laid over `BACKGROUND`; the orientation in EXIF is applied; colour profiles are not.
- A file with several frames or pages is refused: which one is meant, nobody said. (The further pictures that cameras put
  behind a JPEG do not count.)
- Everything else is Pillow's `convert`: for 8-bit grey and RGB files the values are Pillow's own.
"""

import io
from contextlib import suppress

import numpy as np
from PIL import Image, ImageFile, ImageOps, TiffImagePlugin, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")
"""What a file may hold whatever its suffix says (collections from the web hold GIFs named .jpg)."""
BACKGROUND = 255
"""White: every channel of what shows through transparent pixels."""
GREY, GREY_16 = ("1", "L"), ("I;16", "I;16B", "I;16L")
COLOUR = ("P", "PA", "La", "LA", "RGB", "RGBX", "RGBA", "RGBa", "CMYK", "YCbCr", "LAB")
COLOUR_KEYS_OF_OTHER_DEPTH = ("L;2", "L;4", "RGB;16B")
"""Pillow's names of PNG pixels that it rescales without the value that stands for transparent."""
PHOTOMETRIC, BITS, PLANES, SAMPLE_FORMAT = 262, 258, 284, 339
"""Numbers of TIFF tags."""


class UnreadableError(Exception):
    """Why a file gives no picture, in words that fit into brackets."""


def decode(content: bytes) -> Image.Image:
    """An upright opaque picture of mode L (grey files) or RGB.

    Raises:
        UnreadableError: damaged, truncated, empty, no picture, too large, or of a kind whose values cannot be known.
    """
    if not content:
        raise UnreadableError("it is empty")
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            _check(opened)
            opened.load()
            # In place, so that what damaged EXIF still says holds and the rest of it is forgotten.
            with suppress(Exception):
                ImageOps.exif_transpose(opened, in_place=True)
            return _high_bits(opened) if opened.mode in GREY_16 else _opaque(opened)
    except UnreadableError:
        raise
    except UnidentifiedImageError as error:
        raise UnreadableError("no PNG, JPEG, WebP, BMP or TIFF picture that Pillow knows") from error
    except Exception as error:  # Pillow raises a dozen kinds on damaged files
        raise UnreadableError(str(error).rstrip(".") or type(error).__name__) from error


def pixels(content: bytes) -> np.ndarray:
    """uint8 (H, W, 3), see `decode`."""
    return np.array(decode(content).convert("RGB"))


def looks_like_a_picture(head: bytes) -> bool:
    """Whether bytes begin as PNG, JPEG, WebP, BMP or TIFF files do (from 12 bytes on)."""
    if head.startswith(b"RIFF"):
        return head[8:12] == b"WEBP"
    if head.startswith(b"BM"):
        return head[6:10] == bytes(4)
    return head.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"))


def _check(opened: ImageFile.ImageFile) -> None:
    """Refuse what Pillow would read, but wrongly or only in part."""
    frames = getattr(opened, "n_frames", 1)
    if frames > 1 and opened.format != "MPO":
        raise UnreadableError(f"it holds {frames} frames; keep one of them")
    if isinstance(opened, TiffImagePlugin.TiffImageFile):
        tags = opened.tag_v2
        deep = max(tags.get(BITS, (1,)))
        if deep > 16 or set(tags.get(SAMPLE_FORMAT, (1,))) != {1}:
            raise UnreadableError("its values are signed, 32-bit or floating-point; save them as unsigned 8 or 16 bits")
        if deep > 8 and tags.get(PLANES) == 2:
            raise UnreadableError("its colours lie in separate planes of 16 bits; save them together")
    if opened.mode not in (*GREY, *GREY_16, *COLOUR):
        raise UnreadableError(f"its pixels are of Pillow's mode {opened.mode}; save them as 8-bit grey or RGB")
    if "transparency" in opened.info and any(tile[3] in COLOUR_KEYS_OF_OTHER_DEPTH for tile in opened.tile):
        raise UnreadableError("one of its values stands for transparent, and they have not 8 bits; save it with 8 bits")


def _high_bits(picture: Image.Image) -> Image.Image:
    """Grey of more than 8 bits, mode L."""
    values, tags = np.asarray(picture), getattr(picture, "tag_v2", {})
    bits = max(tags.get(BITS, (16,)))
    grey = (values >> (bits - 8)).astype(np.uint8)
    if tags.get(PHOTOMETRIC) == 0:  # 0 is white: Pillow turns 8 bits over, but not 16
        grey = 255 - grey
    if "transparency" in picture.info:
        grey[values == picture.info["transparency"]] = BACKGROUND
    return Image.fromarray(grey)


def _opaque(picture: Image.Image) -> Image.Image:
    """Any other picture, mode L or RGB."""
    if not picture.has_transparency_data:
        return picture.convert("L" if picture.mode in GREY else "RGB")
    seen = (picture.convert("LA") if picture.mode == "La" else picture).convert("RGBA")
    ground = Image.new("RGBA", picture.size, (BACKGROUND, BACKGROUND, BACKGROUND, 255))
    return Image.alpha_composite(ground, seen).convert("RGB")
