"""Rule measure_geometry: the geometry of c, y, t and SiLU(c) at every timestep of a conditions file."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Sequence
from pathlib import Path

from semantic_bottleneck.files import parquet
from semantic_bottleneck.geometry.sets import geometry_of


def measure_geometry(conditions: Sequence[str], output: str | Path) -> None:
    """Write one row per (checkpoint, kind, timestep, metric); y has no timestep (NaN)."""
    rows = geometry_of(conditions)
    parquet.write(output, {name: [row[name] for row in rows] for name in rows[0]}, parquet.read_metadata(conditions[-1]))


if __name__ == "__main__":
    measure_geometry(
        conditions=list(snakemake.input.conditions),
        output=snakemake.output.geometry,
    )
