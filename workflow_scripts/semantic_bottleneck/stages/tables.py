"""Rules render_table and audit_published: result files -> the paper's tables, as Parquet, CSV, Markdown and LaTeX."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck.reporting.inputs import read_geometry, read_scores, read_variants
from semantic_bottleneck.reporting.published import load_published
from semantic_bottleneck.reporting.study import study_from_config
from semantic_bottleneck.reporting.tables.audit import build_audit
from semantic_bottleneck.reporting.tables.conditions import build_table1, build_table4, build_table5
from semantic_bottleneck.reporting.tables.pruning import build_pruning_table
from semantic_bottleneck.reporting.tables.seeds import build_seeds_table
from semantic_bottleneck.reporting.tables.write import write_page, write_table

GEOMETRY_TABLES = {"table1": build_table1, "table4": build_table4, "table5": build_table5}


def render_table(
    name: str,
    wanted: Mapping[str, Any],
    not_run: Mapping[str, str],
    files: Mapping[str, Sequence[str]],
    published: Sequence[str],
    study: Mapping[str, Any],
    folder: str | Path,
) -> None:
    """Build one table and write it in all its forms.

    Args:
        wanted: `models` and, for tables of scores, `variants`.
        not_run: model -> why its cells stay empty.
        files: result files by kind: geometry, scores, variants.
    """
    described = study_from_config(study["config"], study["cards"], not_run)
    printed = load_published(published)
    geometry = read_geometry(files.get("geometry", []))
    scores, variants = read_scores(files.get("scores", [])), variants_of(files)
    models, names = wanted["models"], wanted.get("variants", [])
    if name in GEOMETRY_TABLES:
        table = GEOMETRY_TABLES[name](geometry, models, described, printed)
    elif name == "seeds":
        table = build_seeds_table(geometry, scores, variants, models, names, described)
    else:
        table = build_pruning_table(name, scores, variants, models, names, described, printed)
    write_table(table, folder)
    write_page(table, Path(folder) / f"{name}.html")


def variants_of(files: Mapping[str, Sequence[str]]):
    """The rows of all variants files; a file is named after its model."""
    return read_variants({Path(path).name.removesuffix(".parquet"): path for path in files.get("variants", [])})


def audit_published(published: Sequence[str], folder: str | Path) -> None:
    """Recompute every arithmetic identity of the printed tables."""
    table = build_audit(load_published(published))
    write_table(table, folder)
    write_page(table, Path(folder) / f"{table.name}.html")
