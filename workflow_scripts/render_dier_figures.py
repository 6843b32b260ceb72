"""Rule render_dier_figures: the measures of all DiER runs -> figures."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck.reporting.dier.figures.figure_dier_ablations import draw_figure_dier_ablations
from semantic_bottleneck.reporting.dier.figures.figure_dier_geometry import draw_figure_dier_geometry
from semantic_bottleneck.reporting.dier.figures.figure_dier_lpa import draw_figure_dier_lpa
from semantic_bottleneck.reporting.dier.figures.figure_dier_pruning import draw_figure_dier_pruning
from semantic_bottleneck.reporting.dier.logs import read_logs
from semantic_bottleneck.reporting.dier.measured import read_measured


def render_dier_figures(measures: Sequence[str], logs: Sequence[str], study: Mapping[str, Any], folder: str | Path) -> None:
    """Every figure as PNG and SVG; arguments as of rule render_dier_tables."""
    measured = read_measured(measures, study)

    def paths(name: str) -> list[Path]:
        return [Path(folder) / f"{name}.{form}" for form in ("png", "svg")]

    draw_figure_dier_lpa(measured, paths("figure_dier_lpa"))
    draw_figure_dier_ablations(measured, read_logs(logs), paths("figure_dier_ablations"))
    draw_figure_dier_geometry(measured, paths("figure_dier_geometry"))
    draw_figure_dier_pruning(measured, paths("figure_dier_pruning"))


if __name__ == "__main__":
    render_dier_figures(
        measures=list(snakemake.input.measures),
        logs=list(snakemake.input.logs),
        study=snakemake.params.study,
        folder=snakemake.params.folder,
    )
