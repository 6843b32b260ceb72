"""Rule tabulate_dynamics: the runs of a dynamics study -> its tables."""

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
from semantic_bottleneck.reporting.core.write import write_table
from semantic_bottleneck.reporting.dynamics.results import read_results
from semantic_bottleneck.reporting.dynamics.tables import build_ablations, build_trajectory


def tabulate_dynamics(
    described: Sequence[Mapping[str, Any]],
    files: Mapping[str, Sequence[str]],
    study: Mapping[str, Any],
    folder: str | Path,
) -> None:
    """Write the tables `ablations` and `trajectory` in all their forms."""
    results = read_results(described, files["geometry"], files["metrics"])
    named = report_facts(study["config"], study["cards"])
    write_table(build_ablations(results, named), folder)
    write_table(build_trajectory(results, named), folder)


if __name__ == "__main__":
    tabulate_dynamics(
        described=snakemake.params.described,
        files={kind: list(files) for kind, files in snakemake.input.items()},
        study=snakemake.params.study,
        folder=snakemake.params.folder,
    )
