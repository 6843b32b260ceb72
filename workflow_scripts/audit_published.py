"""Rule audit_published: every arithmetic identity of the printed tables, recomputed."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Sequence
from pathlib import Path

from semantic_bottleneck.reporting.core.published import load_published
from semantic_bottleneck.reporting.core.write import write_page, write_table
from semantic_bottleneck.reporting.paper.tables.audit import build_audit


def audit_published(published: Sequence[str], folder: str | Path) -> None:
    """Recompute every arithmetic identity of the printed tables."""
    table = build_audit(load_published(published))
    write_table(table, folder)
    write_page(table, Path(folder) / f"{table.name}.html")


if __name__ == "__main__":
    audit_published(
        published=list(snakemake.input.published),
        folder=snakemake.params.folder,
    )
