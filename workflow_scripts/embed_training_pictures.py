"""Rule embed_training_pictures: the pictures that a pose model was trained on -> mean and covariance of their features."""

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
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.features.inception import extract_pytorch_fid
from semantic_bottleneck.files import parquet
from semantic_bottleneck.scores.moments import merge, moments
from semantic_bottleneck.scores.opencv_resize import resize_width
from semantic_bottleneck.study.conditioning import PoseConditioning
from semantic_bottleneck.study.typed import typed

CHUNK = 2000
"""Training pictures in memory at once."""


def embed_training_pictures(
    card: Mapping, root: str | Path, inception: str | Path, batch: int, output: str | Path, device: str
) -> None:
    """Write mean and covariance of the Inception features of every distinct picture that the training pairs name.

    Raises:
        UserError: fewer than two pictures.
    """
    data = typed(PoseConditioning, card["conditioning"]).data
    folder = Path(root) / data.root
    names = list(dict.fromkeys(name for pair in read_pairs(folder / data.train) for name in (pair.target, *pair.sources)))
    if len(names) < 2:
        raise UserError(f"{folder / data.train} names {len(names)} picture; statistics need at least two.")
    sums, shift = [], None
    with PairImages(folder / data.images) as store:
        for start in tqdm(range(0, len(names), CHUNK), desc="training pictures"):
            chunk = names[start : start + CHUNK]
            pictures = np.concatenate([resize_width(store.picture(name)[None]) for name in chunk])
            features = extract_pytorch_fid(pictures, np.arange(len(chunk)), inception, batch, device)
            shift = features[0].astype(np.float64) if shift is None else shift
            sums.append(moments(features, shift))
    total = merge(sums)
    parquet.write(output, {"mean": total.mean(), "covariance": total.covariance()}, {"n": str(total.n)})


if __name__ == "__main__":
    embed_training_pictures(
        card=snakemake.params.card,
        root=Path(snakemake.scriptdir).resolve().parent,
        inception=snakemake.input.inception,
        batch=snakemake.params.batch,
        output=snakemake.output.reference,
        device=device,
    )
