"""Rule render_dier_tables: the measures of all DiER runs -> tables."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck.reporting.core.write import write_table
from semantic_bottleneck.reporting.dier.logs import read_logs
from semantic_bottleneck.reporting.dier.measured import read_measured
from semantic_bottleneck.reporting.dier.tables import BUILDERS, learning_rate_table


def render_dier_tables(measures: Sequence[str], logs: Sequence[str], study: Mapping[str, Any], folder: str | Path) -> None:
    """Every table in all its forms.

    Args:
        measures: files of rules probe_dier and probe_inputs. logs: loss files of rule train_dier.
        study: from `dier.plan.Plan.reporting`.
    """
    measured = read_measured(measures, study)
    for build in BUILDERS.values():
        write_table(build(measured), folder)
    write_table(learning_rate_table(measured, read_logs(logs)), folder)


if __name__ == "__main__":
    render_dier_tables(
        measures=list(snakemake.input.measures),
        logs=list(snakemake.input.logs),
        study=snakemake.params.study,
        folder=snakemake.params.folder,
    )
