"""Samples of models that are not here, scored by the study's judges with its intervals."""

from semantic_bottleneck.reporting.core.table import CellMaker, Table
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.protocols import protocol_footnotes

METRICS = (
    *("fid", "fid_infinity", "sfid", "fd_dinov2", "kid", "inception_score", "clip_score", "class_agreement"),
    *("precision", "recall", "density", "coverage"),
)


def build_given(evidence: PaperEvidence) -> Table:
    """One row per file of samples."""
    maker, cells = CellMaker("given"), []
    metrics = evidence.scored(METRICS)
    for model in evidence.models:
        for metric in metrics:
            (variant,) = evidence.variant_names
            number = evidence.score(model, variant, metric)
            title = evidence.facts.title(model)
            cells.append(maker.cell(row=title, model=model, variant=variant, metric=metric, estimate=number))
    footnotes = [
        "Pictures from files; who made them, and how, is not known here. Intervals hold the drawing of samples.",
        *protocol_footnotes(evidence.facts, metrics),
    ]
    return maker.table_of("Samples from files", cells, footnotes)
