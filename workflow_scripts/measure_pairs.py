"""Rule measure_pairs: final latents of a pose model -> what is measured in each picture, beside the true one of its pair."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    device = begin(snakemake)

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from tqdm import tqdm

from semantic_bottleneck.conditioning.deepfashion import PairImages, read_pairs
from semantic_bottleneck.decoding.pictures import build_decoder, decode
from semantic_bottleneck.features.inception import extract_pytorch_fid
from semantic_bottleneck.features.judges import blocks
from semantic_bottleneck.features.perceptual_distance import load_distance
from semantic_bottleneck.files import parquet
from semantic_bottleneck.scores.opencv_resize import resize_width
from semantic_bottleneck.scores.paired_images import paired_scores
from semantic_bottleneck.study.card import DecoderSpec
from semantic_bottleneck.study.conditioning import PoseConditioning
from semantic_bottleneck.study.typed import typed


def measure_pairs(
    card: Mapping,
    root: str | Path,
    latents: str | Path,
    decoder: str | Path | None,
    inception: str | Path,
    alexnet: str | Path,
    micro_batch: int,
    batch: int,
    output: str | Path,
    device: str,
) -> None:
    """Write per picture its Inception features, its garment and its scores against the true picture of its pair.

    Pictures exist in memory only. They are decoded by micro-batches and shown to Inception in fixed batches, both counted by
    sample index, so no row depends on how the samples were divided into shards.

    Args:
        card: the model card's decoder and conditioning, whose `data` names DeepFashion's pairs and pictures below `root`.
        latents: sample i belongs to line i of the pairs file.
    """
    columns, data = parquet.read(latents), typed(PoseConditioning, card["conditioning"]).data
    folder, drawn, samples = Path(root) / data.root, columns["latent"], columns["sample"]
    pairs = read_pairs(folder / data.pairs)
    network, distance = build_decoder(typed(DecoderSpec, card["decoder"]), decoder, device), load_distance(alexnet, device)
    found: dict[str, list[np.ndarray]] = {}
    with PairImages(folder / data.images) as store:
        for rows in tqdm(list(blocks(samples, micro_batch, batch)), desc="decode and measure"):
            pictures = np.concatenate([decode(drawn[rows][part], network) for part in blocks(samples[rows], micro_batch)])
            names = [pairs[sample].target for sample in samples[rows]]
            targets = np.stack([store.picture(name) for name in names])
            part = paired_scores(pictures, targets, distance)
            part["features"] = extract_pytorch_fid(resize_width(pictures), samples[rows], inception, batch, device)
            part["item"] = np.array([str(Path(name).parent) for name in names], dtype=object)
            for name, values in part.items():
                found.setdefault(name, []).append(values)
    measured = {name: np.concatenate(parts) for name, parts in found.items()}
    parquet.write(output, {"sample": samples, "label": columns["label"]} | measured, parquet.read_metadata(latents))


if __name__ == "__main__":
    measure_pairs(
        card=snakemake.params.card,
        root=Path(snakemake.scriptdir).resolve().parent,
        latents=snakemake.input.latents,
        decoder=snakemake.input.decoder or None,
        inception=snakemake.input.inception,
        alexnet=snakemake.input.alexnet,
        micro_batch=snakemake.params.micro_batch,
        batch=snakemake.params.batch,
        output=snakemake.output.measured,
        device=device,
    )
