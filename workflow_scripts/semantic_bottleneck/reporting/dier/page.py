"""The page of the DiER study."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from semantic_bottleneck.reporting.core.page import Page, commands_of
from semantic_bottleneck.reporting.core.provenance import file_hashes, library_versions
from semantic_bottleneck.reporting.core.style import Drawing
from semantic_bottleneck.reporting.core.table import Table
from semantic_bottleneck.reporting.dier.claims import judge_dier
from semantic_bottleneck.reporting.dier.evidence import DierEvidence
from semantic_bottleneck.reporting.dier.texts import DEFINITIONS, LEAD, TITLE


def build_page(
    evidence: DierEvidence, tables: Sequence[Table], figures: Sequence[Drawing], files: Mapping[str, Sequence[str]]
) -> Page:
    """All that stands on results/<study>/dier.html; `files` are those of `measures`, `tables` and `figures`."""
    study = evidence.study
    runs = {
        evidence.title(data): ", ".join(
            f"{evidence.variant_title(name)} × {evidence.count(data, name)}" for name in study["runs"][data]
        )
        for data in evidence.data()
    }
    runs |= {f"Not run: {evidence.title(data)}": reason for data, reason in evidence.not_run.items()}
    shown = [*files["tables"], *files["figures"]]
    provenance = {
        "study": {"name": study["study"], "seed": study["seed"], "folds": study["folds"]},
        "versions": library_versions(),
        "files": file_hashes(Path.cwd(), [*files["measures"], *shown]),
    }
    return Page(
        title=TITLE,
        study=study["study"],
        lead=[*LEAD, *([study["note"]] if study["note"] else [])],
        claims=judge_dier(evidence),
        figures=figures,
        tables=tables,
        commands=commands_of("dier", shown, study["file"]),
        facts=runs,
        folder="dier/",
        definitions=DEFINITIONS,
        provenance=provenance,
    )
