"""Rule compare_samples: samples of a model's compressed forms beside the full model's, by sample."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from semantic_bottleneck.compression.differences import measure_differences
from semantic_bottleneck.files import parquet


def compare_samples(model: str, latents: Sequence[str], features: Sequence[str], are_pixels: bool, output: str | Path) -> None:
    """Write how many classes and pictures change and by how much the latents do, one row for each variant and quantity.

    Args:
        latents, features: the files of all shards, each in its variant's folder; `baseline` is the full model.
        are_pixels: the model has no decoder, so its latents are pictures.
    """
    samples = {variant: (_gather(latents, variant), _gather(features, variant)) for variant in _variants(latents)}
    full = samples.pop("baseline")
    found = [
        {"variant": variant} | row
        for variant, own in samples.items()
        for row in measure_differences(own[0], full[0], own[1], full[1], are_pixels)
    ]
    parquet.write(output, {name: [row[name] for row in found] for name in found[0]}, {"model": model})


def _variants(files: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(Path(path).parent.name for path in files))


def _gather(files: Sequence[str], variant: str) -> dict[str, np.ndarray]:
    return parquet.gather([path for path in files if Path(path).parent.name == variant])


if __name__ == "__main__":
    compare_samples(
        model=snakemake.wildcards.model,
        latents=list(snakemake.input.latents),
        features=list(snakemake.input.features),
        are_pixels=snakemake.params.are_pixels,
        output=snakemake.output.differences,
    )
