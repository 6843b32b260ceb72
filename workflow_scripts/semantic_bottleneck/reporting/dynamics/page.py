"""The page of a dynamics study: its texts, and what stands on it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck.reporting.core.elements import regenerate
from semantic_bottleneck.reporting.core.page import Page
from semantic_bottleneck.reporting.core.style import Drawing
from semantic_bottleneck.reporting.core.table import Table
from semantic_bottleneck.reporting.dynamics.claims import LEARNED, SHARE, judge_dynamics
from semantic_bottleneck.reporting.dynamics.results import Results

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


def dynamics_page(
    results: Results | None,
    tables: Sequence[Table],
    figures: Sequence[Drawing],
    files: Sequence[str],
    described: Sequence[Mapping[str, Any]],
    facts: Mapping[str, Any],
    missing: str | None,
    study: Mapping[str, Any],
    provenance: Mapping[str, Any],
) -> Page:
    """What stands on the page.

    Args:
        results: None where nothing ran; `missing` then says why.
        files: paths of the figures and tables.
        described: variants, from `dynamics_plan.Dynamics.described`.
        facts: data, seeds, checkpoints, and a note on how the base was chosen (or an empty text).
        study: `name`, and `file` where it is not the default study.
    """
    file = study.get("file", "")
    return Page(
        title="How the bottleneck arises: training dynamics",
        study=study["name"],
        lead=LEAD,
        claims=judge_dynamics(results, missing or ""),
        figures=figures,
        tables=tables,
        commands={Path(path).stem: regenerate(path, file) for path in files} | {"page": regenerate("dynamics", file)},
        facts=_facts(described, facts, missing),
        folder="dynamics/",
        definitions=DEFINITIONS,
        provenance=provenance,
    )


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
