"""Rule extract_given_features: somebody's samples, pictures in a file or folder -> what the judges see in them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    device = begin(snakemake)

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from semantic_bottleneck.features.judges import Judges
from semantic_bottleneck.files import parquet
from semantic_bottleneck.references.given import labels_of
from semantic_bottleneck.references.pictures import open_pictures
from semantic_bottleneck.uncertainty.groups import balanced_samples

BATCHES = 10
"""Batches of pictures in memory at once."""


def extract_given_features(
    name: str,
    given: Mapping,
    judging: Mapping,
    evaluators: Mapping[str, Sequence[str]],
    root: str | Path,
    output: str | Path,
    device: str,
) -> None:
    """Write the columns of features for pictures that no model here made.

    Judged in the order of the file, as samples made here are, so equal pictures give equal bits. Sample numbers are dealt out
    so that sample i has class i modulo the number of classes wherever the file is balanced, whatever its order: groups of the
    jackknife then hold all classes alike.

    Args:
        given: the section given.<name>.
        judging, evaluators: see `Judges`.
        root: the repository, where paths start.

    Raises:
        UserError: the file is absent, or its labels are.
    """
    path = Path(root) / given["path"]
    labels = labels_of(path, given, name)
    judges = Judges(judging, evaluators, device)
    found: list[dict[str, np.ndarray]] = []
    with open_pictures(path) as (count, pictures):
        start = 0
        for images in pictures(BATCHES * judging["batch"]):
            found.append(judges.look_at(images, np.arange(start, start + len(images))))
            start += len(images)
    labels = np.arange(count) % given["classes"] if labels is None else labels
    columns = {"sample": balanced_samples(labels, given["classes"]), "label": labels}
    order = np.argsort(columns["sample"])
    columns |= {key: np.concatenate([block[key] for block in found]) for key in found[0]}
    parquet.write(output, {key: values[order] for key, values in columns.items()}, {"model": name, "variant": "samples"})


if __name__ == "__main__":
    extract_given_features(
        name=snakemake.wildcards.model,
        given=snakemake.params.given,
        judging=snakemake.params.judging,
        evaluators={role: list(snakemake.input[role]) for role in ("extractor", "clip", "dinov2")},
        root=Path(snakemake.scriptdir).resolve().parent,
        output=snakemake.output.features,
        device=device,
    )
