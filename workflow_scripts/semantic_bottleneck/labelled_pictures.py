"""Labelled pictures to encode: a folder with one sub-folder per class, or arrays in an npz file."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image, UnidentifiedImageError

from semantic_bottleneck.errors import UserError

SUFFIXES = (".jpeg", ".jpg", ".png", ".webp", ".bmp")


class Pictures(Protocol):
    """`labels` (int, one per picture) index `class_names`; `identity` changes with what the pictures are."""

    labels: Sequence[int]
    class_names: Sequence[str]
    identity: str

    def picture(self, number: int, size: int) -> np.ndarray:
        """uint8 (size, size, 3), see `cropped`."""


class FolderPictures:
    """The pictures of `<folder>/<class>/**`, classes sorted by name (for ImageNet: by synset, which gives the usual labels).

    The identity is that of the list of files, whose contents are taken as fixed.

    Raises:
        UserError: there are no classes or no pictures.
    """

    def __init__(self, folder: Path):
        self.class_names = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
        self.files: list[Path] = []
        self.labels: list[int] = []
        for label, name in enumerate(self.class_names):
            found = sorted(path for path in (folder / name).rglob("*") if path.suffix.lower() in SUFFIXES)
            self.files += found
            self.labels += [label] * len(found)
        if not self.files:
            raise UserError(f"{folder} holds no pictures; it needs one sub-folder per class with {', '.join(SUFFIXES)} files.")
        names = "\n".join(path.relative_to(folder).as_posix() for path in self.files)
        self.identity = hashlib.sha256(names.encode()).hexdigest()

    def picture(self, number: int, size: int) -> np.ndarray:
        """One picture, cropped.

        Raises:
            UserError: not a picture.
        """
        path = self.files[number]
        try:
            with Image.open(path) as opened:
                return cropped(opened.convert("RGB"), size)
        except (OSError, UnidentifiedImageError) as error:
            raise UserError(f"{path} cannot be read as a picture ({error}); replace or remove it.") from error


class ArrayPictures:
    """`images` uint8 (N, H, W, 3) and `labels` integers (N,) of an npz file.

    Raises:
        UserError: the file or one of its arrays is absent or has another shape.
    """

    def __init__(self, file: Path):
        try:
            with np.load(file) as stored:
                self.images, labels = stored["images"], stored["labels"]
        except (OSError, ValueError, KeyError) as error:
            raise UserError(f"{file} cannot be read ({error}); it needs the arrays `images` and `labels`.") from error
        if (
            self.images.dtype != np.uint8
            or self.images.ndim != 4
            or self.images.shape[3] != 3
            or len(labels) != len(self.images)
        ):
            raise UserError(f"{file}: `images` must be uint8 (N, height, width, 3) with one label each; convert them.")
        self.labels = labels.astype(int).tolist()
        self.class_names = [str(label) for label in range(max(self.labels) + 1)]
        self.identity = hashlib.sha256(self.images.tobytes() + labels.tobytes()).hexdigest()

    def picture(self, number: int, size: int) -> np.ndarray:
        """One picture, cropped."""
        return cropped(Image.fromarray(self.images[number]), size)


def open_pictures(path: Path) -> Pictures:
    """The pictures in an npz file or a folder."""
    return ArrayPictures(path) if path.suffix == ".npz" else FolderPictures(path)


def cropped(picture: Image.Image, size: int) -> np.ndarray:
    """uint8 (size, size, 3): halved by boxes while twice as large, resized bicubically to `size` on the short side, cropped."""
    while min(picture.size) >= 2 * size:
        picture = picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.BOX)
    scale = size / min(picture.size)
    picture = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.BICUBIC)
    left, top = (picture.width - size) // 2, (picture.height - size) // 2
    return np.asarray(picture.crop((left, top, left + size, top + size)))
