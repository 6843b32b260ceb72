"""Rule render_dier_page: tables, figures and claims of the DiER study on one page."""

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
from semantic_bottleneck.reporting.core.page import render_page
from semantic_bottleneck.reporting.core.provenance import file_hashes, library_versions
from semantic_bottleneck.reporting.core.style import read_drawing
from semantic_bottleneck.reporting.core.write import read_table
from semantic_bottleneck.reporting.dier.claims import judge_dier
from semantic_bottleneck.reporting.dier.measured import read_measured
from semantic_bottleneck.reporting.dier.page import dier_page


def render_dier_page(
    measures: Sequence[str],
    tables: Sequence[str],
    figures: Sequence[str],
    study: Mapping[str, Any],
    template: str | Path,
    page: str | Path,
) -> None:
    """The self-contained page.

    Args:
        template: any file of the folder that holds the page's templates and captions.
    """
    folder = templates_of(template)
    measured = read_measured(measures, study)
    shown = [read_table(path) for path in tables]
    drawings = [read_drawing(path) for path in figures]
    origin = {
        "study": {"name": study["study"], "seed": study["seed"], "folds": study["folds"]},
        "versions": library_versions(),
        "files": file_hashes(Path.cwd(), [*measures, *tables, *figures]),
    }
    described = dier_page(measured, shown, drawings, judge_dier(measured), origin)
    write_text(page, render_page(described, read_captions(folder / "captions"), folder))


if __name__ == "__main__":
    render_dier_page(
        measures=list(snakemake.input.measures),
        tables=list(snakemake.input.tables),
        figures=list(snakemake.input.figures),
        study=snakemake.params.study,
        template=snakemake.input.templates[0],
        page=snakemake.output.page,
    )
