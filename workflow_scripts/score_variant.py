"""Rule score_variant: all scores of one variant with intervals, and its paired differences from the baseline."""

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
from semantic_bottleneck.files.score_columns import COLUMNS, WHOLE
from semantic_bottleneck.references.statistics import load_statistics
from semantic_bottleneck.scores.measure import Settings
from semantic_bottleneck.scores.replicates import digests, read_replicates, to_columns
from semantic_bottleneck.scores.variant_scores import first_samples, score_rows, variant_scores, without_real_images

CONSECUTIVE = {"adm": 5000}
"""Size of the inception score's splits in file order, where a protocol has such."""


def score_variant(
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
    subsets: Sequence[int] = (),
    judged: bool = True,
) -> None:
    """Gather the shards in sample order; write the scores table of one variant, and its replicates.

    All samples are scored and, from the same features, the first ones of each size in `subsets` that is smaller.

    Args:
        baseline: the baseline's replicates; empty for the baseline itself.
        reference, statistics, texts: what embed_reference wrote.
        classes: of the model's labels, which are classes or prompts; `judged`: whether the texts are those of its labels.
        protocol, subsets: the study's evaluation.protocol and evaluation.subsets.
    """
    known, samples, real = load_statistics(statistics), parquet.gather(features), parquet.read(reference).get("features")
    sizes = [WHOLE, *(size for size in subsets if size < len(samples["sample"]))]
    scores = {
        size: variant_scores(
            first_samples(samples, size),
            real,
            name=variant,
            settings=Settings(classes, judged, groups, consecutive=CONSECUTIVE.get(protocol, 0)),
            text_features=parquet.read(texts)["features"],
            reference_moments=known["features"],
            spatial_moments=known.get("spatial"),
            dinov2_moments=known.get("dinov2"),
        )
        for size in sizes
    }
    absent = {}
    if real is None:
        why = parquet.read_metadata(reference).get("absent", "")
        absent = dict.fromkeys(without_real_images("dinov2" in samples and "dinov2" not in known), why)
    unpruned = {size: read_replicates(baseline[0], size) if baseline else None for size in sizes}
    parts = [score_rows(model, variant, scores[size], unpruned[size], absent, size) for size in sizes]
    metadata = {"model": model, "variant": variant} | carried({path: parquet.read_metadata(path) for path in features})
    parquet.write(output, {name: [value for part in parts for value in part[name]] for name in COLUMNS}, metadata)
    parquet.write(replicates, to_columns(scores), metadata | {"samples": digests(scores)})


if __name__ == "__main__":
    score_variant(
        model=snakemake.wildcards.model,
        variant=snakemake.wildcards.variant,
        features=list(snakemake.input.features),
        baseline=list(snakemake.input.baseline),
        reference=snakemake.input.reference,
        statistics=snakemake.input.statistics,
        texts=snakemake.input.texts,
        classes=snakemake.params.classes,
        judged=snakemake.params.judged,
        groups=snakemake.params.groups,
        protocol=snakemake.params.protocol,
        subsets=snakemake.params.subsets,
        output=snakemake.output.scores,
        replicates=snakemake.output.replicates,
    )
