"""Labelled pictures to encode: a folder with one sub-folder per class, or arrays in an npz file."""

import hashlib
import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from semantic_bottleneck.checkpoints.npz import Npz
from semantic_bottleneck.checkpoints.ranges import LocalBytes
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.image_files.decoding import UnreadableError
from semantic_bottleneck.image_files.faults import on_disk, refusal
from semantic_bottleneck.image_files.listing import class_names, class_pictures, summary

log = logging.getLogger(__name__)

LARGEST = 1 << 38
"""Numbers that the pictures of an npz file may have."""
MOST_CLASSES = 1_000_000


class Pictures(Protocol):
    """`labels` (int, one per picture) index `class_names`; `identity` changes with what the pictures are."""

    labels: Sequence[int]
    class_names: Sequence[str]
    identity: str

    def picture(self, number: int, size: int) -> np.ndarray:
        """uint8 (size, size, 3), see `cropped`."""


class FolderPictures:
    """The pictures of `<folder>/<class>/**`, as torchvision's ImageFolder orders them (for ImageNet: the usual labels).

    The identity is that of the list of files, whose contents are taken as fixed. No file is opened before it is asked for.

    Raises:
        UserError: there are no classes, or one has no pictures.
    """

    def __init__(self, folder: Path):
        passed: Counter[str] = Counter()
        self._folder = folder
        self.class_names: Sequence[str] = class_names(folder, passed) if folder.is_dir() else []
        found = class_pictures(folder, self.class_names, passed)
        self.files = [Path(path) for paths in found.values() for path in paths]
        self.labels: Sequence[int] = [label for label, paths in enumerate(found.values()) for _ in paths]
        log.info("%s", summary(folder, len(self.files), self.class_names, passed))
        names = [name + path[len(str(folder / name)) :] for name, paths in found.items() for path in paths]
        self.identity = hashlib.sha256("\n".join(names).encode(errors="surrogateescape")).hexdigest()

    def picture(self, number: int, size: int) -> np.ndarray:
        """One picture, cropped.

        Raises:
            UserError: it cannot be read; names all pictures of the folder that cannot.
        """
        (file,) = on_disk([self.files[number]])
        try:
            return cropped(file.read().convert("RGB"), size)
        except UnreadableError as error:
            raise refusal(self._folder, on_disk(self.files), file, str(error)) from error


class ArrayPictures:
    """`images` uint8 (N, H, W, 3) and `labels` integers (N,) of an npz file.

    Raises:
        UserError: the file or one of its arrays is absent or has another shape.
    """

    def __init__(self, file: Path):
        with LocalBytes(file) as source:
            stored = Npz(source)
            shape = stored.shape("images")
            if stored.dtype("images") != np.uint8 or len(shape) != 4 or shape[3] != 3 or stored.shape("labels") != shape[:1]:
                raise UserError(f"{file}: `images` must be uint8 (N, height, width, 3) with one label each; convert them.")
            self.images, labels = stored.array("images", LARGEST), stored.array("labels", LARGEST)
        if not self.images.size or labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() > MOST_CLASSES:
            raise UserError(
                f"{file}: `labels` must be whole numbers from 0 to {MOST_CLASSES:,}, one per picture; convert them."
            )
        self.labels: Sequence[int] = labels.astype(int).tolist()
        self.class_names: Sequence[str] = [str(label) for label in range(max(self.labels) + 1)]
        log.info("%s", summary(file, len(self.labels), self.class_names, Counter()))
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
