"""Rule draw_dynamics: the runs of a dynamics study -> one figure."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Mapping, Sequence
from typing import Any

from semantic_bottleneck.reporting.dynamics.figures.dynamics_changes import draw_dynamics_changes
from semantic_bottleneck.reporting.dynamics.figures.dynamics_factors import (
    SIMILARITY_AND_SPARSITY,
    SPARSITY,
    draw_dynamics_factors,
)
from semantic_bottleneck.reporting.dynamics.figures.dynamics_history import draw_dynamics_history
from semantic_bottleneck.reporting.dynamics.results import read_results
from semantic_bottleneck.study.factors import FACTORS


def draw_dynamics(
    name: str, described: Sequence[Mapping[str, Any]], files: Mapping[str, Sequence[str]], outputs: Sequence[str]
) -> None:
    """Draw one figure.

    Args:
        name: figure12 (the base), figure43 (sets of timesteps), figure_ablations, figure_causes or figure_changes.
        described: variants, from `dynamics_plan.Dynamics.described`.
        files: `geometry` and `metrics` of all runs.
        outputs: paths, drawn in the format of their suffix.
    """
    results = read_results(described, files["geometry"], files["metrics"])
    match name:
        case "figure12":
            draw_dynamics_history(results, outputs)
        case "figure43":
            title = "Training on limited sets of timesteps"
            draw_dynamics_factors(results, FACTORS[name], SIMILARITY_AND_SPARSITY, title, outputs)
        case "figure_ablations":
            draw_dynamics_factors(results, FACTORS[name], SIMILARITY_AND_SPARSITY, "What changes the curves", outputs)
        case "figure_causes":
            draw_dynamics_factors(results, FACTORS[name], SPARSITY, "The suspects, taken away one by one", outputs)
        case "figure_changes":
            draw_dynamics_changes(results, outputs)


if __name__ == "__main__":
    draw_dynamics(
        name=snakemake.wildcards.figure,
        described=snakemake.params.described,
        files={kind: list(files) for kind, files in snakemake.input.items()},
        outputs=list(snakemake.output),
    )
