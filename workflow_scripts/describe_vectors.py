"""Rule describe_vectors: the list of a pack's models and its datasheet."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Mapping, Sequence
from pathlib import Path

from semantic_bottleneck.files import parquet
from semantic_bottleneck.files.atomic import write_text
from semantic_bottleneck.vector_pack.datasheet import datasheet
from semantic_bottleneck.vector_pack.models import model_rows


def describe_vectors(
    study: str,
    vectors: Sequence[str | Path],
    told: Mapping[str, Mapping[str, str]],
    not_packed: Mapping[str, str],
    data: str,
    models: str | Path,
    sheet: str | Path,
) -> None:
    """Write one row for each model, and the page.

    Args:
        vectors: the pack's files.
        told, not_packed, data: see `model_rows` and `datasheet`.
    """
    rows = model_rows(vectors, told)
    parquet.write(models, {name: [row[name] for row in rows] for name in rows[0]})
    write_text(sheet, datasheet(study, rows, not_packed, data))


if __name__ == "__main__":
    describe_vectors(
        study=snakemake.params.study,
        vectors=list(snakemake.input.vectors),
        told=snakemake.params.told,
        not_packed=snakemake.params.not_packed,
        data=snakemake.params.data,
        models=snakemake.output.models,
        sheet=snakemake.output.datasheet,
    )
