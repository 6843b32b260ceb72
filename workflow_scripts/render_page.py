"""Rule render_page: result files, tables and figures -> the page of one study: DiER, training dynamics or the mechanism."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck.files.atomic import write_text
from semantic_bottleneck.reporting.core.elements import read_captions, templates_of
from semantic_bottleneck.reporting.core.page import page_html
from semantic_bottleneck.reporting.core.style import read_drawing
from semantic_bottleneck.reporting.core.write import read_table
from semantic_bottleneck.reporting.pages import page_builder, read_evidence


def render_page(
    page: str, files: Mapping[str, Sequence[str]], facts: Mapping[str, Any], template: str | Path, output: str | Path
) -> None:
    """Write a page that needs nothing beside itself, with its claims judged.

    Args:
        page: a page of `study.exhibits.EXHIBITS` with a `page` module.
        files: what the page's `read_evidence` reads, `tables` (Parquet) and `figures` (PNG), in the page's order.
        facts: what the page's `read_evidence` reads.
        template: any file of the folder that holds the page's templates and captions.
    """
    folder = templates_of(template)
    tables = [read_table(path) for path in files["tables"]]
    figures = [read_drawing(path) for path in files["figures"]]
    shown = page_builder(page)(read_evidence(page, files, facts), tables, figures, files)
    write_text(output, page_html(shown, read_captions(folder / "captions"), folder))


if __name__ == "__main__":
    render_page(
        page=snakemake.wildcards.page,
        files={kind: list(files) for kind, files in snakemake.input.items()},
        facts=snakemake.params.facts,
        template=snakemake.input.templates[0],
        output=snakemake.output.page,
    )
