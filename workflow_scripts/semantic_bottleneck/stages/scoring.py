"""Rule score_variant: all scores of one variant with intervals, and its paired differences from the baseline."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from semantic_bottleneck import parquet
from semantic_bottleneck.checkpoint_origin import carried
from semantic_bottleneck.references.statistics import load_statistics
from semantic_bottleneck.scores.measure import Settings
from semantic_bottleneck.scores.replicates import Replicates, from_columns, to_columns
from semantic_bottleneck.scores.score_variant import score_rows, score_variant, without_real_images

CONSECUTIVE = {"adm": 5000}
"""Size of the inception score's splits in file order, where a protocol has such."""


def score_files(
    model: str,
    variant: str,
    features: Sequence[str],
    baseline: Sequence[str],
    reference: str | Path,
    statistics: str | Path,
    texts: str | Path,
    classes: int,
    groups: int,
    protocol: str,
    output: str | Path,
    replicates: str | Path,
) -> None:
    """Gather the shards in sample order; write the scores table of one variant, and its replicates.

    Args:
        baseline: the baseline's replicates; empty for the baseline itself.
        reference, statistics, texts: what embed_reference wrote.
        protocol: the study's evaluation.protocol.
    """
    known, samples, real = load_statistics(statistics), gather(features), parquet.read(reference).get("features")
    found = score_variant(
        samples,
        real,
        name=variant,
        settings=Settings(classes=classes, groups=groups, consecutive=CONSECUTIVE.get(protocol, 0)),
        text_features=parquet.read(texts)["features"],
        reference_moments=known["features"],
        spatial_moments=known.get("spatial"),
        dinov2_moments=known.get("dinov2"),
    )
    absent = {}
    if real is None:
        why = parquet.read_metadata(reference).get("absent", "")
        absent = dict.fromkeys(without_real_images("dinov2" in samples and "dinov2" not in known), why)
    unpruned = read_replicates(baseline[0]) if baseline else None
    metadata = {"model": model, "variant": variant} | carried({path: parquet.read_metadata(path) for path in features})
    parquet.write(output, score_rows(model, variant, found, unpruned, absent), metadata)
    parquet.write(replicates, to_columns(found), metadata | {"samples": found.samples})


def read_replicates(path: str | Path) -> Replicates:
    """Replicates as rule score_variant wrote them."""
    return from_columns(parquet.read(path), parquet.read_metadata(path).get("samples", ""))


def gather(paths: Sequence[str]) -> dict[str, np.ndarray]:
    """The columns of several shards, one below the other; each is held once, beside one shard."""
    rows = [parquet.rows(path) for path in paths]
    starts = np.cumsum([0, *rows])
    gathered: dict[str, np.ndarray] = {}
    for path, start, stop in zip(paths, starts[:-1], starts[1:], strict=True):
        for name, values in parquet.read(path).items():
            column = gathered.setdefault(name, np.empty((starts[-1], *values.shape[1:]), values.dtype))
            column[start:stop] = values
    return gathered
