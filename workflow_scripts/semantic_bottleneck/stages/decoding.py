"""Rule decode_samples: final latents -> 8-bit images, exactly as the model's official pipeline makes them."""

from collections.abc import Mapping
from pathlib import Path

from semantic_bottleneck import parquet
from semantic_bottleneck.decoding import build_decoder, decode


def decode_samples(
    card: Mapping, latents: str | Path, decoder: str | Path | None, first: int | None, output: str | Path, device: str
) -> None:
    """Write uint8 images (H, W, C), one row per sample, of the `first` samples or all; pixel models have no decoder."""
    columns = {name: values[:first] for name, values in parquet.read(latents).items()}
    images = decode(columns.pop("latent"), build_decoder(card["decoder"], decoder, device))
    parquet.write(output, columns | {"image": images}, parquet.read_metadata(latents))
