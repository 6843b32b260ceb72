"""Rule render_table: result files -> one of the paper's tables, as Parquet, CSV, Markdown, LaTeX and HTML."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck.reporting.core.facts import report_facts
from semantic_bottleneck.reporting.core.inputs import read_geometry, read_scores, variants_of
from semantic_bottleneck.reporting.core.published import load_published
from semantic_bottleneck.reporting.core.write import write_page, write_table
from semantic_bottleneck.reporting.paper.tables.conditions import build_table1, build_table4, build_table5
from semantic_bottleneck.reporting.paper.tables.pruning import build_pruning_table
from semantic_bottleneck.reporting.paper.tables.seeds import build_seeds_table

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
    facts = report_facts(study["config"], study["cards"], not_run)
    printed = load_published(published)
    geometry = read_geometry(files.get("geometry", []))
    scores, variants = read_scores(files.get("scores", [])), variants_of(files)
    models, names = wanted["models"], wanted.get("variants", [])
    if name in GEOMETRY_TABLES:
        table = GEOMETRY_TABLES[name](geometry, models, facts, printed)
    elif name == "seeds":
        table = build_seeds_table(geometry, scores, variants, models, names, facts)
    else:
        table = build_pruning_table(name, scores, variants, models, names, facts, printed)
    write_table(table, folder)
    write_page(table, Path(folder) / f"{name}.html")


if __name__ == "__main__":
    render_table(
        name=snakemake.wildcards.table,
        wanted=snakemake.params.wanted,
        not_run=snakemake.params.not_run,
        files={kind: list(files) for kind, files in snakemake.input.items()},
        published=list(snakemake.input.published),
        study=snakemake.params.study,
        folder=snakemake.params.folder,
    )
