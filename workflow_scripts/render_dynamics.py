"""Rule render_dynamics: the runs, figures and tables of a dynamics study -> one page with its claims."""

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
from semantic_bottleneck.reporting.core.provenance import library_versions
from semantic_bottleneck.reporting.core.style import read_drawing
from semantic_bottleneck.reporting.core.write import read_table
from semantic_bottleneck.reporting.dynamics.page import dynamics_page
from semantic_bottleneck.reporting.dynamics.results import read_results


def render_dynamics(
    described: Sequence[Mapping[str, Any]],
    files: Mapping[str, Sequence[str]],
    missing: str | None,
    study: Mapping[str, Any],
    facts: Mapping[str, Any],
    template: str | Path,
    output: str | Path,
) -> None:
    """Write the page.

    Args:
        files: `geometry` and `metrics` of all runs, `figures` (PNG) and `tables` (Parquet); all empty where nothing ran.
        missing: why nothing ran, or None.
        facts: data, seeds, checkpoints, and a note on how the base was chosen (or an empty text).
        template: any file of the folder that holds the page's templates and captions.
    """
    folder = templates_of(template)
    results = None if missing else read_results(described, files["geometry"], files["metrics"])
    figures, tables = list(files.get("figures", [])), list(files.get("tables", []))
    page = dynamics_page(
        results,
        [read_table(path) for path in tables],
        [read_drawing(path) for path in figures],
        [*figures, *tables],
        described,
        facts,
        missing,
        study["config"],
        {"versions": library_versions()},
    )
    write_text(output, render_page(page, read_captions(folder / "captions"), folder))


if __name__ == "__main__":
    render_dynamics(
        described=snakemake.params.described,
        files={kind: list(files) for kind, files in snakemake.input.items()},
        missing=snakemake.params.missing,
        study=snakemake.params.study,
        facts=snakemake.params.facts,
        template=snakemake.input.templates[0],
        output=snakemake.output.page,
    )
