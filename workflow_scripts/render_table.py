"""Rule render_table: result files -> tables of a page, as Parquet, CSV, Markdown and LaTeX, and those of the report as HTML."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck.reporting.core.write import write_page, write_table
from semantic_bottleneck.reporting.pages import builder, read_evidence


def render_table(
    page: str,
    names: Sequence[str],
    files: Mapping[str, Sequence[str]],
    facts: Mapping[str, Any],
    folder: str | Path,
    html: str | Path | None = None,
) -> None:
    """Build tables and write each in all its forms.

    Args:
        page, names: of `study.exhibits.EXHIBITS`.
        files, facts: what the page's `read_evidence` reads.
        html: a page for the table alone, where there is one table.
    """
    evidence = read_evidence(page, files, facts)
    for name in names:
        table = builder(page, name)(evidence)
        write_table(table, folder)
        if html is not None:
            write_page(table, html)


if __name__ == "__main__":
    render_table(
        page=snakemake.params.page,
        names=snakemake.params.names,
        files={kind: list(files) for kind, files in snakemake.input.items()},
        facts=snakemake.params.facts,
        folder=snakemake.params.folder,
        html=snakemake.output.get("html"),
    )
