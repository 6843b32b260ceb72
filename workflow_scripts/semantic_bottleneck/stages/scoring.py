"""Rule score_variant: all scores of one variant with intervals, and its paired differences from the baseline."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from semantic_bottleneck import parquet
from semantic_bottleneck.scores.score_variant import Settings, score_variant


def score_files(
    model: str,
    variant: str,
    features: Sequence[str],
    baseline: Sequence[str],
    reference: str | Path,
    texts: str | Path,
    classes: int,
    groups: int,
    output: str | Path,
) -> None:
    """Gather the shards in sample order and write the scores table of one variant."""
    columns = score_variant(
        gather(features),
        None if variant == "baseline" else gather(baseline),
        parquet.read(reference)["features"],
        model=model,
        name=variant,
        settings=Settings(classes=classes, groups=groups),
        text_features=parquet.read(texts)["features"],
    )
    parquet.write(output, columns, {"model": model, "variant": variant})


def gather(paths: Sequence[str]) -> dict[str, np.ndarray]:
    """The columns of several shards, one below the other."""
    shards = [parquet.read(path) for path in paths]
    return {name: np.concatenate([shard[name] for shard in shards]) for name in shards[0]}
