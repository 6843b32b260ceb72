"""Rule probe_inputs: what the pixels themselves, or their principal components, know."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from semantic_bottleneck.data.images import load_dataset
from semantic_bottleneck.data.splits import held_out
from semantic_bottleneck.dier.accuracies import measure_inputs
from semantic_bottleneck.dier.rows import write_measures
from semantic_bottleneck.dier.split import split_of
from semantic_bottleneck.study.data_card import DataCard
from semantic_bottleneck.study.typed import typed


def probe_inputs(
    card: Mapping[str, Any], files: Sequence[str], run: Mapping[str, Any], components: Sequence[int], measures: str | Path
) -> None:
    """The baselines that need no training: pixels and principal components."""
    images = typed(DataCard, card)
    data = load_dataset(images, files)
    split = split_of(data, held_out(data, run["replicate"], run["folds"]))
    write_measures(measures, measure_inputs(split, components), images.name, run, {"scikit-learn": version("scikit-learn")})


if __name__ == "__main__":
    probe_inputs(
        card=snakemake.params.card,
        files=list(snakemake.input.data),
        run=snakemake.params.run,
        components=snakemake.params.components,
        measures=snakemake.output.measures,
    )
