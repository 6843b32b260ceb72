"""Rules of the pose-conditioned models' scores: what is measured in each picture, the training pictures, the scores."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from semantic_bottleneck import parquet
from semantic_bottleneck.checkpoint_origin import carried
from semantic_bottleneck.conditioning_inputs.deepfashion import Pictures, read_pairs
from semantic_bottleneck.decoding import build_decoder, decode
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.features.inception import extract
from semantic_bottleneck.features.judges import blocks
from semantic_bottleneck.features.opencv_resize import resize_width
from semantic_bottleneck.features.perceptual_distance import load_distance
from semantic_bottleneck.scores.moments import merge, moments
from semantic_bottleneck.scores.paired_images import paired_scores
from semantic_bottleneck.scores.score_pairs import score_pairs
from semantic_bottleneck.stages.scoring import gather

CHUNK = 2000
"""Training pictures in memory at once."""


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
    columns, data = parquet.read(latents), card["conditioning"]["data"]
    folder, drawn, samples = Path(root) / data["root"], columns["latent"], columns["sample"]
    pairs = read_pairs(folder / data["pairs"])
    network, distance = build_decoder(card["decoder"], decoder, device), load_distance(alexnet, device)
    found: dict[str, list[np.ndarray]] = {}
    with Pictures(folder / data["images"]) as store:
        for rows in tqdm(list(blocks(samples, micro_batch, batch)), desc="decode and measure"):
            pictures = np.concatenate([decode(drawn[rows][part], network) for part in blocks(samples[rows], micro_batch)])
            names = [pairs[sample].target for sample in samples[rows]]
            targets = np.stack([store.picture(name) for name in names])
            part = paired_scores(pictures, targets, distance)
            part["features"] = inception_features(resize_width(pictures), samples[rows], inception, batch, device)
            part["item"] = np.array([str(Path(name).parent) for name in names], dtype=object)
            for name, values in part.items():
                found.setdefault(name, []).append(values)
    measured = {name: np.concatenate(parts) for name, parts in found.items()}
    parquet.write(output, {"sample": samples, "label": columns["label"]} | measured, parquet.read_metadata(latents))


def embed_training_pictures(
    card: Mapping, root: str | Path, inception: str | Path, batch: int, output: str | Path, device: str
) -> None:
    """Write mean and covariance of the Inception features of every distinct picture that the training pairs name.

    Raises:
        UserError: fewer than two pictures.
    """
    data = card["conditioning"]["data"]
    folder = Path(root) / data["root"]
    names = list(dict.fromkeys(name for pair in read_pairs(folder / data["train"]) for name in (pair.target, *pair.sources)))
    if len(names) < 2:
        raise UserError(f"{folder / data['train']} names {len(names)} picture; statistics need at least two.")
    sums, shift = [], None
    with Pictures(folder / data["images"]) as store:
        for chunk in tqdm(list(_chunks(names)), desc="training pictures"):
            pictures = np.concatenate([resize_width(store.picture(name)[None]) for name in chunk])
            features = inception_features(pictures, np.arange(len(chunk)), inception, batch, device)
            shift = features[0].astype(np.float64) if shift is None else shift
            sums.append(moments(features, shift))
    total = merge(sums)
    parquet.write(output, {"mean": total.mean(), "covariance": total.covariance()}, {"n": str(total.n)})


def score_pair_files(
    model: str,
    variant: str,
    measured: Sequence[str],
    baseline: Sequence[str],
    reference: str | Path,
    groups: int,
    output: str | Path,
) -> None:
    """Gather the shards in sample order and write the scores table of one variant."""
    statistics = parquet.read(reference)
    columns = score_pairs(
        gather(measured),
        None if variant == "baseline" else gather(baseline),
        (statistics["mean"], statistics["covariance"]),
        model=model,
        name=variant,
        groups=groups,
    )
    origin = carried({path: parquet.read_metadata(path) for path in measured})
    parquet.write(output, columns, {"model": model, "variant": variant} | origin)


def inception_features(pictures: np.ndarray, samples: np.ndarray, weights: str | Path, batch: int, device: str) -> np.ndarray:
    """Float32 (n, 2048) with pytorch-fid's resize to 299 x 299, as PIDM's script takes them."""
    return extract(pictures, samples, weights, batch, device, protocol="pytorch-fid", spatial=False)["features"]


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), CHUNK):
        yield names[start : start + CHUNK]
