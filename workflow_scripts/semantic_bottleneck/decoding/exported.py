"""The pictures of a variant in sample order, as the official evaluators take them: eight bits, three channels."""

from collections.abc import Iterator, Sequence

import numpy as np

from semantic_bottleneck.arrays import Int64, UInt8
from semantic_bottleneck.decoding.pictures import Decoder, decode
from semantic_bottleneck.files import parquet


def pictures_of(
    latents: Sequence[str], decoder: Decoder, batch: int
) -> Iterator[tuple[Int64[np.ndarray, " samples"], UInt8[np.ndarray, "samples height width 3"]]]:
    """Blocks of sample indices and pictures (b, H, W, 3), shard after shard; grey ones three times over.

    Args:
        latents: the shards, in order. batch: pictures that are decoded together, as where they are judged.
    """
    for path in latents:
        columns = parquet.read(path, ["sample", "latent"])
        for start in range(0, len(columns["sample"]), batch):
            part = slice(start, start + batch)
            pictures = decode(columns["latent"][part], decoder, batch)
            colours = pictures if pictures.shape[-1] == 3 else np.repeat(pictures, 3, axis=-1)
            yield columns["sample"][part], colours


def labels_of(latents: Sequence[str]) -> Int64[np.ndarray, " samples"]:
    """The classes of all samples, in order."""
    return np.concatenate([parquet.read(path, ["label"])["label"] for path in latents])
