"""Labelled pictures as arrays, and which of them judges may learn from."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class ImageData:
    """Labelled images in a fixed order.

    Attributes:
        images: float32 (N, channels, height, width) in [-1, 1].
        labels: int64 (N,), an index into `class_names`.
        class_names: one English name per class.
        held_out: bool (N,), True where judges must not learn from a row; None where any rows may be held out.
        caption: a sentence about a picture, {} standing for the name of its class.
    """

    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    held_out: np.ndarray | None = None
    caption: str = "a photo of the digit {}"

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def captions(self) -> list[str]:
        """One sentence per class."""
        return [self.caption.format(name) for name in self.class_names]

    def take(self, start: int, stop: int) -> "ImageData":
        """Rows start..stop-1."""
        return self.rows(np.arange(len(self))[start:stop])

    def first_classes(self, count: int) -> "ImageData":
        """The rows of the first `count` classes."""
        if count >= len(self.class_names):
            return self
        return replace(self.rows(self.labels < count), class_names=self.class_names[:count])

    def rows(self, chosen: np.ndarray) -> "ImageData":
        """Some rows, by number or by a mask."""
        held_out = None if self.held_out is None else self.held_out[chosen]
        return replace(self, images=self.images[chosen], labels=self.labels[chosen], held_out=held_out)


def split(data: ImageData, held_out: float = 0.15) -> tuple[ImageData, ImageData]:
    """(training rows, held-out rows): those that the data set itself holds out, else the last `held_out` share of the rows."""
    if data.held_out is not None:
        return data.rows(~data.held_out), data.rows(data.held_out)
    count = len(data) - round(len(data) * held_out)
    return data.take(0, count), data.take(count, len(data))
