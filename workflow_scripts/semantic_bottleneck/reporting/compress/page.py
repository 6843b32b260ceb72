"""The page on compressed models: what stands on it."""

from collections.abc import Mapping, Sequence

from semantic_bottleneck.reporting.compress.claims import judge_compress
from semantic_bottleneck.reporting.compress.evidence import CompressEvidence
from semantic_bottleneck.reporting.compress.texts import DEFINITIONS, LEAD, TITLE
from semantic_bottleneck.reporting.core.page import Page, commands_of
from semantic_bottleneck.reporting.core.provenance import library_versions
from semantic_bottleneck.reporting.core.style import Drawing
from semantic_bottleneck.reporting.core.table import Table


def build_page(
    evidence: CompressEvidence, tables: Sequence[Table], figures: Sequence[Drawing], files: Mapping[str, Sequence[str]]
) -> Page:
    """All that stands on results/<study>/compress.html; `files` are those of `tables` and `figures`."""
    study = evidence.study
    facts = {"Models": ", ".join(evidence.models.values()), "Samples": f"{study['samples']:,} of each form of each model"}
    return Page(
        title=TITLE,
        study=study["study"],
        lead=LEAD,
        claims=judge_compress(evidence),
        figures=figures,
        tables=tables,
        commands=commands_of("compress", files["tables"], study["file"]),
        facts=facts | ({"Choices": study["note"]} if study["note"] else {}),
        folder="compress/",
        definitions=DEFINITIONS,
        provenance={"versions": library_versions()},
    )
