"""Labelled pictures in a folder, one sub-folder per class, cropped as the official training sets were."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from semantic_bottleneck.errors import UserError

SUFFIXES = (".jpeg", ".jpg", ".png", ".webp", ".bmp")


@dataclass(frozen=True)
class PictureFolder:
    """Files in the order of their classes and names; `labels` index `class_names`."""

    files: tuple[Path, ...]
    labels: tuple[int, ...]
    class_names: tuple[str, ...]


def find_pictures(folder: Path) -> PictureFolder:
    """The pictures of `<folder>/<class>/**`, classes sorted by name (for ImageNet: by synset, which gives the usual labels).

    Raises:
        UserError: there are no classes or no pictures.
    """
    classes = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    files, labels = [], []
    for label, name in enumerate(classes):
        found = sorted(path for path in (folder / name).rglob("*") if path.suffix.lower() in SUFFIXES)
        files += found
        labels += [label] * len(found)
    if not files:
        raise UserError(f"{folder} holds no pictures; it needs one sub-folder per class with {', '.join(SUFFIXES)} files.")
    return PictureFolder(tuple(files), tuple(labels), tuple(classes))


def cropped(path: Path, size: int) -> np.ndarray:
    """uint8 (size, size, 3): halved by boxes while twice as large, resized bicubically to `size` on the short side, cropped.

    Raises:
        UserError: not a picture.
    """
    try:
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
    except (OSError, UnidentifiedImageError) as error:
        raise UserError(f"{path} cannot be read as a picture ({error}); replace or remove it.") from error
    while min(picture.size) >= 2 * size:
        picture = picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.BOX)
    scale = size / min(picture.size)
    picture = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.BICUBIC)
    left, top = (picture.width - size) // 2, (picture.height - size) // 2
    return np.asarray(picture.crop((left, top, left + size, top + size)))
