"""Rule embed_reference: real images, or published statistics of them, and the class captions as the judges see them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    device = begin(snakemake)

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import open_clip

from semantic_bottleneck.data.bundled_images import load_images
from semantic_bottleneck.decoding.quantise import QUANTISERS
from semantic_bottleneck.features.judges import Judges
from semantic_bottleneck.files import parquet
from semantic_bottleneck.redaction import redacted
from semantic_bottleneck.references.embedding import look, read_source
from semantic_bottleneck.references.statistics import save_statistics

BLOCKS = 10
"""Batches of pictures held in memory at once."""
NO_PICTURES = "no real images: the reference holds statistics only"


def embed_reference(
    data: str | None,
    source: Mapping | None,
    judging: Mapping,
    prompt: str,
    evaluators: Mapping[str, Sequence[str]],
    root: str | Path,
    outputs: Mapping[str, str | Path],
    device: str,
    fetched: str | Path | None = None,
) -> None:
    """Write the features of real images, mean and covariance of each kind of features, and one text vector per class.

    Published statistics stand before those of the images beside them, which are far fewer.

    Args:
        data: the study's data set; its captions are the texts, and its images (after the samples' 8-bit rounding) the
            reference where `source` is None.
        source: the study's evaluation.reference.
        judging, evaluators: see `Judges`.
        prompt: text of a class, {} standing for its ImageNet name, where there is no data set.
        root: the repository, where relative paths start.
        outputs: paths of `reference` (Parquet), `statistics` (npz) and `texts` (Parquet).
        fetched: what `fetch_reference` left, where the source is a published file.

    Raises:
        UserError: the source cannot be read, or its statistics are none.
    """
    judges = Judges(judging, evaluators, device)
    block = BLOCKS * judging["batch"]
    real = None if data is None else load_images(data)
    if source is None:
        assert data is not None  # a study has a data set, a published reference or both
        assert real is not None
        pictures = QUANTISERS["half-floor"](real.images).transpose(0, 2, 3, 1)
        rows, statistics = look(judges, len(real), lambda size: iter([pictures]), block, keep=len(real))
        rows |= {"label": real.labels}
        origin = data
    else:
        rows, statistics = read_source(source, judges, block, Path(root), fetched)
        origin = redacted(source.get("url") or source["path"])
    absent = {} if "features" in rows else {"absent": NO_PICTURES}
    parquet.write(outputs["reference"], rows, {"data": origin} | absent)
    save_statistics(outputs["statistics"], statistics)
    names = open_clip.IMAGENET_CLASSNAMES
    prompts = [prompt.format(name) for name in names] if real is None else real.captions
    vectors = judges.clip.encode_texts(prompts)
    columns = {"label": np.arange(len(prompts)), "prompt": np.asarray(prompts, dtype=object), "features": vectors}
    parquet.write(outputs["texts"], columns, {"data": origin})


if __name__ == "__main__":
    embed_reference(
        data=snakemake.params.data,
        source=snakemake.params.source,
        judging=snakemake.params.judging,
        prompt=snakemake.params.prompt,
        evaluators={role: list(snakemake.input[role]) for role in ("extractor", "clip", "dinov2")},
        root=Path(snakemake.scriptdir).resolve().parent,
        outputs={name: snakemake.output[name] for name in ("reference", "statistics", "texts")},
        device=device,
        fetched=snakemake.input.get("fetched") or None,
    )
