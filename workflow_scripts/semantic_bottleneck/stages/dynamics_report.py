"""Rules draw_dynamics, tabulate_dynamics and render_dynamics: the runs of a dynamics study -> figures, tables, one page."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck.atomic import write_text
from semantic_bottleneck.reporting.dynamics.claims import FACTORS, LEARNED, SHARE, judge_dynamics
from semantic_bottleneck.reporting.dynamics.results import Results, read_results
from semantic_bottleneck.reporting.dynamics.tables import build_ablations, build_trajectory
from semantic_bottleneck.reporting.figures.dynamics_changes import draw_dynamics_changes
from semantic_bottleneck.reporting.figures.dynamics_factors import SIMILARITY_AND_SPARSITY, SPARSITY, draw_dynamics_factors
from semantic_bottleneck.reporting.figures.dynamics_history import draw_dynamics_history
from semantic_bottleneck.reporting.figures.style import read_drawing
from semantic_bottleneck.reporting.page import Page, regenerate, render_page
from semantic_bottleneck.reporting.provenance import library_versions
from semantic_bottleneck.reporting.report import read_captions
from semantic_bottleneck.reporting.study import study_from_config
from semantic_bottleneck.reporting.tables.write import read_table, write_table

CAUSES = ("optimiser", "weight decay", "modulation", "embedders")
LEAD = (
    "Diffusion transformers condition on c = y + t. The paper (arXiv 2602.21596) shows that over training "
    "these vectors become "
    "alike between classes while their energy gathers in few dimensions: the normalised participation ratio nPR falls.",
    "Here models are trained many times over, each time with one suspect changed or taken away, to see what "
    "the fall needs: t, y, "
    "AdamW, or the dead side of SiLU.",
)
DEFINITIONS = {
    "nPR": "(Σ|v|)² / (d Σv²) in percent, the mean over classes; 2/π = 64 % for Gaussian entries, as at initialisation.",
    "c, t, y, SiLU(c)": (
        "the conditional vectors of the running average of the weights at the noisiest timestep, one per "
        "class; t is one vector "
        "there, so it has an nPR but no similarity between classes."
    ),
    "All timesteps": (
        "the vectors of all classes at all points of the grid of timesteps together, as a training batch mixes them."
    ),
    "c below −4": "entries where SiLU is nearly flat and nearly zero: large, and without effect.",
    "Base": "the first variant, which the others are compared with.",
    "Verdicts": (
        f"a suspect is needed if less than {SHARE:.0%} of the base's fall is left without it. Intervals are 95 %, Student t "
        "over seeds, of differences paired by seed; a single seed decides nothing. A variant whose training loss exceeds "
        f"{LEARNED} times the base's is no witness. The rules were written before the miniature study was run, after looking "
        "at single runs with other seeds; that no function and tanh in SiLU's place are two suspects, not one, was decided "
        "after its first seed."
    ),
}


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
    results = _results(described, files)
    match name:
        case "figure12":
            draw_dynamics_history(results, outputs)
        case "figure43":
            title = "Training on limited sets of timesteps"
            draw_dynamics_factors(results, ["timesteps"], SIMILARITY_AND_SPARSITY, title, outputs)
        case "figure_ablations":
            draw_dynamics_factors(results, FACTORS, SIMILARITY_AND_SPARSITY, "What changes the curves", outputs)
        case "figure_causes":
            draw_dynamics_factors(results, CAUSES, SPARSITY, "The suspects, taken away one by one", outputs)
        case "figure_changes":
            draw_dynamics_changes(results, outputs)


def tabulate_dynamics(
    described: Sequence[Mapping[str, Any]],
    files: Mapping[str, Sequence[str]],
    study: Mapping[str, Any],
    folder: str | Path,
) -> None:
    """Write the tables `ablations` and `trajectory` in all their forms."""
    results, named = _results(described, files), study_from_config(study["config"], study["cards"])
    write_table(build_ablations(results, named), folder)
    write_table(build_trajectory(results, named), folder)


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
    folder = next(parent for parent in Path(template).parents if parent.name == "report")
    results = None if missing else _results(described, files)
    name, file = study["config"]["name"], study["config"].get("file", "")
    figures, tables = list(files.get("figures", [])), list(files.get("tables", []))
    commands = {Path(path).stem: regenerate(path, file) for path in [*figures, *tables]}
    page = Page(
        title="How the bottleneck arises: training dynamics",
        study=name,
        lead=LEAD,
        claims=judge_dynamics(results, missing or ""),
        figures=[read_drawing(path) for path in figures],
        tables=[read_table(path) for path in tables],
        commands=commands | {"page": regenerate("dynamics", file)},
        facts=_facts(described, facts, missing),
        folder="dynamics/",
        definitions=DEFINITIONS,
        provenance={"versions": library_versions()},
    )
    write_text(output, render_page(page, read_captions(folder / "captions"), folder))


def _facts(described: Sequence[Mapping[str, Any]], facts: Mapping[str, Any], missing: str | None) -> dict[str, str]:
    base, kept = described[0], ", ".join(f"{step:,}" for step in facts["checkpoints"])
    said = {
        "Data": facts["data"],
        "Base": ", ".join(f"{factor} {level}" for factor, level in base["levels"].items()),
        "Updates": f"{base['steps']:,}; conditional vectors kept after {kept}",
        "Runs": f"{len(described)} variants, {facts['seeds']} seed{'s' if facts['seeds'] > 1 else ''} each",
    }
    said |= {"Choices": facts["note"]} if facts["note"] else {}
    return said | ({"Not run": missing} if missing else {})


def _results(described: Sequence[Mapping[str, Any]], files: Mapping[str, Sequence[str]]) -> Results:
    return read_results(described, files["geometry"], files["metrics"])
