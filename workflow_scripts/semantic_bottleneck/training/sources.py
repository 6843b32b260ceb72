"""Where training batches come from: arrays in memory, or latents on disk."""

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from semantic_bottleneck.data.image_data import ImageData


class Rows(NamedTuple):
    """Images float32 (N, C, H, W), labels int64 (N,) and, where the objective aligns with features, targets (N, tokens, z)."""

    images: Tensor
    labels: Tensor
    targets: Tensor | None


class ImageSource(Protocol):
    """Labelled images in a fixed order: `shape` (C, H, W), `classes`, and whether each row has alignment `targets`."""

    shape: tuple[int, int, int]
    classes: int
    aligned: bool

    def __len__(self) -> int: ...

    def rows(self, numbers: Tensor, rng: torch.Generator) -> Rows:
        """Rows of the given numbers, int64 (N,); what is random about a row is drawn from `rng`."""

    def digest(self) -> bytes:
        """Bytes that change with the data."""


class ArraySource:
    """Images in memory, always the same; `targets` float32 (N, tokens, z) or None."""

    def __init__(self, data: ImageData, targets: Tensor | None = None):
        self.images, self.labels, self.targets = torch.from_numpy(data.images), torch.from_numpy(data.labels), targets
        self.shape, self.classes, self.aligned = tuple(data.images.shape[1:]), len(data.class_names), targets is not None

    def __len__(self) -> int:
        return len(self.labels)

    def rows(self, numbers: Tensor, rng: torch.Generator) -> Rows:
        """The chosen rows; nothing is drawn."""
        return Rows(self.images[numbers], self.labels[numbers], None if self.targets is None else self.targets[numbers])

    def digest(self) -> bytes:
        """All values."""
        kept = (tensor for tensor in (self.images, self.labels, self.targets) if tensor is not None)
        return b"".join(tensor.contiguous().numpy().tobytes() for tensor in kept)
