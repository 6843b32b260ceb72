"""All the networks of a study that judge pictures, opened once and shown one block of pictures after another."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import lcm
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from semantic_bottleneck.arrays import Float32, Int, UInt8
from semantic_bottleneck.features.registry import find_extractor
from semantic_bottleneck.study.asset import Asset
from semantic_bottleneck.study.typed import typed

if TYPE_CHECKING:
    from semantic_bottleneck.features.clip import ImageText
    from semantic_bottleneck.features.study_clip import StudyClip

PUBLISHED = ("inception",)
"""Extractors with the protocol's choices; the study's own network has none."""


class Judges:
    """The extractor, the image-text model and, where the study has one, the DINOv2."""

    def __init__(self, judging: Mapping, files: Mapping[str, Sequence[str]], device: str):
        """Open the image-text model and the DINOv2 (the extractor opens with the first block).

        Args:
            judging: extractor, clip, dinov2, protocol, spatial, batch, and `cards` (role -> asset card's architecture and
                checkpoint) of the published ones.
            files: role (extractor, clip, dinov2) -> files; those of the study's own image-text model lie in one folder.
            device: cpu or cuda.

        Raises:
            UserError: a file is unreadable or does not fit its card.
        """
        self._judging, self._files, self._device = judging, files, device
        cards = {role: typed(Asset, card) for role, card in judging["cards"].items()}
        self._options = {key: judging[key] for key in ("protocol", "spatial")} if judging["extractor"] in PUBLISHED else {}
        self.clip = _image_text(files["clip"][0], cards.get("clip"), device)
        self._dinov2 = None
        if judging["dinov2"]:
            # Imported only here: a study without DINOv2 needs no timm.
            from semantic_bottleneck.features.dinov2 import open_dinov2

            self._dinov2 = open_dinov2(files["dinov2"][0], cards["dinov2"], device)

    def look_at(
        self,
        images: UInt8[np.ndarray, "samples height width channels"],
        samples: Int[np.ndarray, " samples"],
        clip: bool = True,
    ) -> dict[str, Float32[np.ndarray, "samples _"]]:
        """Columns of float32 rows: features, logits, and as asked for spatial, clip (unit rows) and dinov2.

        Args:
            images: uint8 (N, H, W, C).
            samples: int64 (N,), sample indices, which fix the place in a batch.
            clip: whether the image-text model looks too; nothing compares its view of real images.
        """
        batch = self._judging["batch"]
        extract = find_extractor(self._judging["extractor"])
        found = extract(images, samples, self._files["extractor"][0], batch, self._device, **self._options)
        if clip:
            found["clip"] = self.clip.encode_images(images, samples, batch)
        if self._dinov2 is not None:
            found["dinov2"] = self._dinov2(images, samples, batch)
        return found


def _image_text(file: str, card: Asset | None, device: str) -> "ImageText | StudyClip":
    """The published model of `card`, or the study's own in the file's folder."""
    # Each is imported where it is needed: the study's own needs no open_clip.
    if card is None:
        from semantic_bottleneck.features.study_clip import StudyClip

        return StudyClip(Path(file).parent, device)
    from semantic_bottleneck.features.clip import open_published

    return open_published(file, card, device)


def blocks(samples: Int[np.ndarray, " samples"], *sizes: int) -> Iterator[slice]:
    """Runs of rows that end where batches of every one of `sizes`, counted by sample index, end together.

    `samples` are ascending indices; no batch of any kind is ever cut by the end of a block.
    """
    edges = np.flatnonzero(np.diff(np.asarray(samples) // lcm(*sizes))) + 1
    bounds = [0, *edges.tolist(), len(samples)]
    return (slice(start, stop) for start, stop in pairwise(bounds) if stop > start)
