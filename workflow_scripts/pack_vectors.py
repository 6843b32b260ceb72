"""Rule pack_vectors: a model's conditional vectors as a file that others can start from."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from pathlib import Path

from semantic_bottleneck.files import conditions_file, parquet
from semantic_bottleneck.vector_pack import pack_file


def pack_vectors(family: str, conditions: str | Path, output: str | Path) -> None:
    """Write c, y and t as .safetensors; its metadata are those of the conditions file, and the family.

    Args:
        conditions: what extract_conditions wrote.
    """
    metadata = parquet.read_metadata(conditions) | {"family": family}
    pack_file.write(output, conditions_file.read(conditions), metadata)


if __name__ == "__main__":
    pack_vectors(
        family=snakemake.params.family,
        conditions=snakemake.input.conditions,
        output=snakemake.output.vectors,
    )
