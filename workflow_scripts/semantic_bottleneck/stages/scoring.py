"""Rule score_variant: all scores of one variant with intervals, and its paired differences from the baseline."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from semantic_bottleneck import parquet
from semantic_bottleneck.references.statistics import load_statistics
from semantic_bottleneck.scores.score_variant import Settings, score_variant

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
) -> None:
    """Gather the shards in sample order and write the scores table of one variant.

    Args:
        reference, statistics, texts: what embed_reference wrote.
        protocol: the study's evaluation.protocol.
    """
    known = load_statistics(statistics)
    columns = score_variant(
        gather(features),
        None if variant == "baseline" else gather(baseline),
        parquet.read(reference).get("features"),
        model=model,
        name=variant,
        settings=Settings(classes=classes, groups=groups, consecutive=CONSECUTIVE.get(protocol, 0)),
        text_features=parquet.read(texts)["features"],
        reference_moments=known["features"],
        spatial_moments=known.get("spatial"),
        dinov2_moments=known.get("dinov2"),
        absent=parquet.read_metadata(reference).get("absent", ""),
    )
    parquet.write(output, columns, {"model": model, "variant": variant})


def gather(paths: Sequence[str]) -> dict[str, np.ndarray]:
    """The columns of several shards, one below the other."""
    shards = [parquet.read(path) for path in paths]
    return {name: np.concatenate([shard[name] for shard in shards]) for name in shards[0]}
