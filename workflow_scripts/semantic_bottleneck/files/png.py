"""PNG files, whose every chunk carries a CRC-32."""

from io import BytesIO
from pathlib import Path

from PIL import Image

from semantic_bottleneck.files.damage import DamagedError


def read_png(path: str | Path) -> tuple[bytes, dict, tuple[int, int]]:
    """Bytes, texts and size (width, height) of a PNG.

    Raises:
        DamagedError: the file is absent, or a checksum of it does not hold.
    """
    try:
        content = Path(path).read_bytes()
        with Image.open(BytesIO(content), formats=["PNG"]) as image:
            texts, size = image.info, image.size
            image.verify()
    except Exception as error:  # the reader raises half a dozen kinds on damaged files
        raise DamagedError(path, error) from error
    return content, texts, size
