"""The page of a study of the mechanism: what stands on it."""

from collections.abc import Mapping, Sequence

from semantic_bottleneck.reporting.core.claim import NOT_RUN
from semantic_bottleneck.reporting.core.page import Page, commands_of
from semantic_bottleneck.reporting.core.provenance import library_versions
from semantic_bottleneck.reporting.core.style import Drawing
from semantic_bottleneck.reporting.core.table import Table
from semantic_bottleneck.reporting.mechanism.claims import judge_mechanism
from semantic_bottleneck.reporting.mechanism.evidence import MechanismEvidence
from semantic_bottleneck.reporting.mechanism.texts import DEFINITIONS, LEAD, TITLE


def build_page(
    evidence: MechanismEvidence, tables: Sequence[Table], figures: Sequence[Drawing], files: Mapping[str, Sequence[str]]
) -> Page:
    """All that stands on results/<study>/mechanism.html; `files` are those of `tables` and `figures`."""
    study = evidence.study
    trainings = ", ".join(f"{arm.title} {len(arm.runs)}" for arm in evidence.arms)
    claims = judge_mechanism(evidence)
    asked = [claim for claim in claims if claim.verdict != NOT_RUN]
    others = " ".join(claim.statement for claim in claims if claim.verdict == NOT_RUN)
    facts = {"Data": study["data"], "Samples": f"{study['samples']:,} of each training and variant", "Trainings": trainings}
    return Page(
        title=TITLE,
        study=study["study"],
        lead=LEAD,
        claims=asked,
        figures=figures,
        tables=tables,
        commands=commands_of("mechanism", [*files["figures"], *files["tables"]], study["file"]),
        facts=facts | {name: text for name, text in (("Choices", study["note"]), ("Not asked here", others)) if text},
        folder="mechanism/",
        definitions=DEFINITIONS,
        provenance={"versions": library_versions()},
    )
