"""Rule score_pairs: all scores of one variant of a pose model, and its paired differences from the baseline."""

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
from semantic_bottleneck.scores.pair_scores import pair_scores


def score_pairs(
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
    columns = pair_scores(
        parquet.gather(measured),
        None if variant == "baseline" else parquet.gather(baseline),
        (statistics["mean"], statistics["covariance"]),
        model=model,
        name=variant,
        groups=groups,
    )
    origin = carried({path: parquet.read_metadata(path) for path in measured})
    parquet.write(output, columns, {"model": model, "variant": variant} | origin)


if __name__ == "__main__":
    score_pairs(
        model=snakemake.wildcards.model,
        variant=snakemake.wildcards.variant,
        measured=list(snakemake.input.measured),
        baseline=list(snakemake.input.baseline),
        reference=snakemake.input.reference,
        groups=snakemake.params.groups,
        output=snakemake.output.scores,
    )
