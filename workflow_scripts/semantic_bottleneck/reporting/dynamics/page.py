"""The page of a dynamics study: what stands on it."""

from collections.abc import Mapping, Sequence
from typing import Any

from semantic_bottleneck.reporting.core.page import Page, commands_of
from semantic_bottleneck.reporting.core.provenance import library_versions
from semantic_bottleneck.reporting.core.style import Drawing
from semantic_bottleneck.reporting.core.table import Table
from semantic_bottleneck.reporting.dynamics.claims import judge_dynamics
from semantic_bottleneck.reporting.dynamics.evidence import DynamicsEvidence
from semantic_bottleneck.reporting.dynamics.texts import DEFINITIONS, LEAD, TITLE


def build_page(
    evidence: DynamicsEvidence, tables: Sequence[Table], figures: Sequence[Drawing], files: Mapping[str, Sequence[str]]
) -> Page:
    """All that stands on results/<study>/dynamics.html; `files` are those of `tables` and `figures`."""
    study = evidence.study
    return Page(
        title=TITLE,
        study=study["study"],
        lead=LEAD,
        claims=judge_dynamics(evidence),
        figures=figures,
        tables=tables,
        commands=commands_of("dynamics", [*files["figures"], *files["tables"]], study["file"]),
        facts=_terms(study),
        folder="dynamics/",
        definitions=DEFINITIONS,
        provenance={"versions": library_versions()},
    )


def _terms(study: Mapping[str, Any]) -> dict[str, str]:
    base, steps = study["variants"][0], ", ".join(f"{step:,}" for step in study["checkpoints"])
    terms = {
        "Data": study["data"],
        "Base": ", ".join(f"{factor} {level}" for factor, level in base["levels"].items()),
        "Updates": f"{base['steps']:,}; conditional vectors kept after {steps}",
        "Runs": f"{len(study['variants'])} variants, {study['seeds']} seed{'s' if study['seeds'] > 1 else ''} each",
    }
    terms |= {"Choices": study["note"]} if study["note"] else {}
    return terms | ({"Not run": study["missing"]} if study["missing"] else {})
