"""A folder with one subfolder of pictures per class, with or without train/ and test/ above."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from semantic_bottleneck.errors import UserError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")


def read_folder(
    root: Path, size: int, channels: int, classes: Sequence[str] | None
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...], np.ndarray | None]:
    """Pictures cut to a centred square, resized (bicubic, antialiased) and scaled to [-1, 1].

    Args:
        classes: names of the subfolders, in the order of labels; all of them, sorted, without.

    Returns:
        float32 (N, channels, size, size), labels int64 (N,), class names, and bool (N,), True below test/ (None without
        train/ and test/).

    Raises:
        UserError: there is no picture, or one cannot be read.
    """
    split = [part for part in ("train", "test") if (root / part).is_dir()]
    tops = [root / part for part in split] if len(split) == 2 else [root]
    names = tuple(classes or sorted({path.name for top in tops for path in top.iterdir() if path.is_dir()}))
    found = [
        (path, label, top.name == "test")
        for top in tops
        for label, name in enumerate(names)
        for path in sorted((top / name).rglob("*"))
        if path.suffix.lower() in SUFFIXES
    ]
    if not found:
        raise UserError(f"{root} holds no pictures in folders named {', '.join(names) or 'after classes'}; see its data card.")
    images = np.stack([_picture(path, size, channels) for path, _, _ in found])
    labels = np.array([label for _, label, _ in found], dtype=np.int64)
    official = np.array([held for _, _, held in found]) if len(split) == 2 else None
    return images, labels, names, official


def _picture(path: Path, size: int, channels: int) -> np.ndarray:
    try:
        with Image.open(path) as opened:
            image = opened.convert("L" if channels == 1 else "RGB")
    except (OSError, UnidentifiedImageError) as error:
        raise UserError(f"{path} cannot be read as a picture ({error}); remove or replace it.") from error
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = image.crop((left, top, left + side, top + side)).resize((size, size), Image.Resampling.BICUBIC)
    pixels = np.asarray(square, dtype=np.float32).reshape(size, size, channels)
    return pixels.transpose(2, 0, 1) / 127.5 - 1.0
