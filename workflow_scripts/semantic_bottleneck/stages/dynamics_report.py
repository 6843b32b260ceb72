"""Rule render_dynamics: the runs, figures and tables of a dynamics study -> one page with its claims."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck.atomic import write_text
from semantic_bottleneck.reporting.dynamics.claims import LEARNED, SHARE, judge_dynamics
from semantic_bottleneck.reporting.dynamics.results import read_results
from semantic_bottleneck.reporting.elements import read_captions, regenerate
from semantic_bottleneck.reporting.figures.style import read_drawing
from semantic_bottleneck.reporting.page import Page, render_page
from semantic_bottleneck.reporting.provenance import library_versions
from semantic_bottleneck.reporting.tables.write import read_table

LEAD = (
    "Diffusion transformers condition on c = y + t. The paper (arXiv 2602.21596) shows that over training these vectors become "
    "alike between classes while their energy gathers in few dimensions: the normalised participation ratio nPR falls.",
    "Here models are trained many times over, each time with one suspect changed or taken away, to see what the fall needs: "
    "t, y, AdamW, or the dead side of SiLU.",
)
DEFINITIONS = {
    "nPR": "(Σ|v|)² / (d Σv²) in percent, the mean over classes; 2/π = 64 % for Gaussian entries, as at initialisation.",
    "c, t, y, SiLU(c)": (
        "the conditional vectors of the running average of the weights, one per class at each point of a grid of timesteps. A "
        "number is the mean over the grid of what is found at each point; t is one vector there, so it has an nPR but no "
        "similarity between classes."
    ),
    "Timesteps mixed": ("the vectors of all classes at all points of the grid together, as a training batch mixes them."),
    "c below −4": "entries where SiLU is nearly flat and nearly zero: large, and without effect.",
    "Base": "the first variant, which the others are compared with.",
    "Verdicts": (
        f"a suspect is needed if less than {SHARE:.0%} of the base's fall is left without it. Intervals are 95 %, Student t "
        "over seeds, of differences paired by seed; a single seed decides nothing. A variant whose training loss exceeds "
        f"{LEARNED} times the base's is no witness."
    ),
}


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
    results = None if missing else read_results(described, files["geometry"], files["metrics"])
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
