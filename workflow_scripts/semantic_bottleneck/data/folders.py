"""A folder with one subfolder of pictures per class, with or without train/ and test/ above."""

import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.image_files.decoding import UnreadableError
from semantic_bottleneck.image_files.faults import on_disk, refusal
from semantic_bottleneck.image_files.listing import class_names, class_pictures, listed, summary

log = logging.getLogger(__name__)

PARTS = ("train", "test")


def read_folder(
    root: Path, size: int, channels: int, classes: Sequence[str] | None
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...], np.ndarray | None]:
    """Pictures cut to a centred square, resized (bicubic, antialiased) and scaled to [-1, 1].

    Order and rules of the pictures are those of `image_files`.

    Args:
        classes: names of the subfolders, in the order of labels; all of them, sorted, without.

    Returns:
        float32 (N, channels, size, size), labels int64 (N,), class names, and bool (N,), True below test/ (None without
        train/ and test/).

    Raises:
        UserError: a class has no picture (with train/ and test/: in either of them), or pictures cannot be read.
    """
    passed: Counter[str] = Counter()
    tops = _tops(root)
    if len(tops) == 2 and (beside := set(class_names(root, passed)) - set(PARTS)):
        passed[f"folder(s) beside train/ and test/ ({listed(sorted(beside))})"] += len(beside)
    folders = sorted({name for top in tops for name in class_names(top, passed)})
    names = tuple(classes or folders)
    if others := set(folders) - set(names):
        passed[f"folder(s) that `classes` does not name ({listed(sorted(others))})"] += len(others)
    found = [
        (path, label, top.name == "test")
        for top in tops
        for label, paths in enumerate(class_pictures(top, names, passed).values())
        for path in paths
    ]
    log.info("%s", summary(root, len(found), names, passed))
    files = on_disk([path for path, _, _ in found])
    images = []
    for file in files:
        try:
            images.append(_square(file.read(), size, channels))
        except UnreadableError as error:
            raise refusal(root, files, file, str(error)) from error
    labels = np.array([label for _, label, _ in found], dtype=np.int64)
    official = np.array([held for _, _, held in found]) if len(tops) == 2 else None
    return np.stack(images), labels, names, official


def _tops(root: Path) -> list[Path]:
    """The folders of class folders: train/ and test/, or the root."""
    there = [root / part for part in PARTS if (root / part).is_dir()]
    beside: Counter[str] = Counter()
    if len(there) == 1 and class_names(there[0], beside) and "beside the class folders" not in beside:
        raise UserError(f"{there[0]} holds class folders, but its counterpart is missing; {root} needs both train and test.")
    return there if len(there) == 2 else [root]


def _square(picture: Image.Image, size: int, channels: int) -> np.ndarray:
    image = picture.convert("L" if channels == 1 else "RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = image.crop((left, top, left + side, top + side)).resize((size, size), Image.Resampling.BICUBIC)
    pixels = np.asarray(square, dtype=np.float32).reshape(size, size, channels)
    return pixels.transpose(2, 0, 1) / 127.5 - 1.0
