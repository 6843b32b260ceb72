"""Rule score_localisation: which class the samples show, and how good they are, when one part of c after another is changed."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Sequence
from pathlib import Path

from semantic_bottleneck.files import parquet
from semantic_bottleneck.files.checkpoint_origin import carried
from semantic_bottleneck.references.statistics import load_statistics
from semantic_bottleneck.scores.frechet import prepare_reference
from semantic_bottleneck.scores.localisation import localisation_rows


def score_localisation(
    model: str,
    features: Sequence[str],
    statistics: str | Path,
    texts: str | Path,
    classes: int,
    judged: bool,
    groups: int,
    shift: int,
    output: str | Path,
) -> None:
    """Write every score of every variant, and its differences to the baseline and to the variants it is compared with.

    Args:
        features: of all shards, in sample order.
        statistics, texts: what embed_reference wrote.
        classes: or prompts.
        judged: whether the judges know them.
        shift: places between a class and the one that parts are transplanted from.
    """
    gathered = parquet.gather(features)
    reference = prepare_reference(*load_statistics(statistics)["features"])
    known = parquet.read(texts)["features"] if judged else None
    rows = localisation_rows(model, gathered, reference, known, classes, groups, shift)
    metadata = {"model": model} | carried({path: parquet.read_metadata(path) for path in features})
    parquet.write(output, rows, metadata)


if __name__ == "__main__":
    score_localisation(
        model=snakemake.wildcards.model,
        features=list(snakemake.input.features),
        statistics=snakemake.input.statistics,
        texts=snakemake.input.texts,
        classes=snakemake.params.classes,
        judged=snakemake.params.judged,
        groups=snakemake.params.groups,
        shift=snakemake.params.shift,
        output=snakemake.output.scores,
    )
