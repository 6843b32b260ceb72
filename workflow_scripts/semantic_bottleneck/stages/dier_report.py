"""Rules render_dier_tables, render_dier_figures and render_dier_page."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from semantic_bottleneck.atomic import write_text
from semantic_bottleneck.reporting.dier.claims import judge_dier
from semantic_bottleneck.reporting.dier.measured import read_measured, read_with_origin
from semantic_bottleneck.reporting.dier.page import dier_page
from semantic_bottleneck.reporting.dier.tables import BUILDERS, learning_rate_table
from semantic_bottleneck.reporting.elements import read_captions
from semantic_bottleneck.reporting.figures.figure_dier_ablations import draw_figure_dier_ablations
from semantic_bottleneck.reporting.figures.figure_dier_geometry import draw_figure_dier_geometry
from semantic_bottleneck.reporting.figures.figure_dier_lpa import draw_figure_dier_lpa
from semantic_bottleneck.reporting.figures.figure_dier_pruning import draw_figure_dier_pruning
from semantic_bottleneck.reporting.figures.style import read_drawing
from semantic_bottleneck.reporting.page import render_page
from semantic_bottleneck.reporting.provenance import file_hashes, library_versions
from semantic_bottleneck.reporting.tables.write import read_table, write_table


def render_tables(measures: Sequence[str], logs: Sequence[str], study: Mapping[str, Any], folder: str | Path) -> None:
    """Every table in all its forms.

    Args:
        measures: files of rules probe_dier and probe_inputs. logs: loss files of rule train_dier.
        study: from `dier.plan.Plan.reporting`.
    """
    measured = read_measured(measures, study)
    for build in BUILDERS.values():
        write_table(build(measured), folder)
    write_table(learning_rate_table(measured, read_logs(logs)), folder)


def render_figures(measures: Sequence[str], logs: Sequence[str], study: Mapping[str, Any], folder: str | Path) -> None:
    """Every figure as PNG and SVG."""
    measured = read_measured(measures, study)

    def paths(name: str) -> list[Path]:
        return [Path(folder) / f"{name}.{form}" for form in ("png", "svg")]

    draw_figure_dier_lpa(measured, paths("figure_dier_lpa"))
    draw_figure_dier_ablations(measured, read_logs(logs), paths("figure_dier_ablations"))
    draw_figure_dier_geometry(measured, paths("figure_dier_geometry"))
    draw_figure_dier_pruning(measured, paths("figure_dier_pruning"))


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
    folder = next(parent for parent in Path(template).parents if parent.name == "report")
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


def read_logs(paths: Sequence[str]) -> dict[tuple[str, str], list[pd.DataFrame]]:
    """(data, variant) -> the log of each replicate, in order; files are `<data>/<variant>.s<replicate>.loss.parquet`."""
    logs: dict[tuple[str, str], list[pd.DataFrame]] = {}
    for path in map(Path, paths):
        variant = path.name.removesuffix(".loss.parquet").rpartition(".s")[0]
        logs.setdefault((path.parent.name, variant), []).append(read_with_origin(path))
    return logs
