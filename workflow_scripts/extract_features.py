"""Rule extract_features: final latents -> pictures, in memory only -> what the judges see in them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    device = begin(snakemake)

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from semantic_bottleneck.decoding.pictures import build_decoder, decode
from semantic_bottleneck.features.judges import Judges, blocks
from semantic_bottleneck.files import parquet
from semantic_bottleneck.study.card import DecoderSpec
from semantic_bottleneck.study.typed import typed


def extract_features(
    card: Mapping,
    latents: str | Path,
    decoder: str | Path | None,
    micro_batch: int,
    judging: Mapping,
    evaluators: Mapping[str, Sequence[str]],
    output: str | Path,
    device: str,
) -> None:
    """Write features, logits and, as asked for, image-text, spatial and DINOv2 features, one row per sample.

    Pictures are decoded by micro-batches and judged in fixed batches, both counted by sample index, so no row depends on
    how the samples were divided into shards.

    Args:
        decoder: weights of the card's decoder; None for pixel models.
        judging, evaluators: see `Judges`.
    """
    columns = parquet.read(latents)
    drawn, samples = columns.pop("latent"), columns["sample"]
    network, judges = build_decoder(typed(DecoderSpec, card["decoder"]), decoder, device), Judges(judging, evaluators, device)
    found = []
    for rows in tqdm(list(blocks(samples, micro_batch, judging["batch"])), desc="decode and judge"):
        parts = [decode(drawn[rows][part], network) for part in blocks(samples[rows], micro_batch)]
        found.append(judges.look_at(np.concatenate(parts), samples[rows]))
    features = {name: np.concatenate([block[name] for block in found]) for name in found[0]}
    parquet.write(output, columns | features, parquet.read_metadata(latents))


if __name__ == "__main__":
    extract_features(
        card=snakemake.params.card,
        latents=snakemake.input.latents,
        decoder=snakemake.input.decoder or None,
        micro_batch=snakemake.params.micro_batch,
        judging=snakemake.params.judging,
        evaluators={role: list(snakemake.input[role]) for role in ("extractor", "clip", "dinov2")},
        output=snakemake.output.features,
        device=device,
    )
