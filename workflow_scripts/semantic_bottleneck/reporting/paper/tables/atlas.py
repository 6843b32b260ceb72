"""The conditional vectors of many transformers side by side, also of those whose c knows nothing of the prompt."""

from semantic_bottleneck.files import conditions_file
from semantic_bottleneck.geometry.rows import describe_shares
from semantic_bottleneck.reporting.core.table import CellMaker, Table
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.footnotes import common_footnotes
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate
from semantic_bottleneck.uncertainty.origins import read_origin

GEOMETRY = ("dimension", "normalized_participation_ratio_percent", "cosine_similarity")
SHARES = ("tail_0.01_percent", "head_5_percent")
SAME = "c is the same for every prompt"
DEFINITIONS = (
    "At the initial step. nPR: participation ratio over dimensions (Eq. 1). Tail and head: entries below 0.01 and above 5. "
    "Similarity: mean over pairs of conditions."
)


def build_atlas(evidence: PaperEvidence) -> Table:
    """Width, nPR, similarity, small and large entries of c at the initial step, one row per model, run or not."""
    facts = evidence.facts
    maker = CellMaker("atlas", facts.not_run)
    cells = []
    for model in evidence.models:
        found = {metric: evidence.final.select(model=model, kind="c", metric=metric) for metric in GEOMETRY}
        alone = found["dimension"].n == 1
        for metric, estimate in (found | _shares(evidence, model)).items():
            note = SAME if alone and metric == "cosine_similarity" else "not measured"
            cells.append(
                maker.cell(
                    row=facts.title(model),
                    model=model,
                    variant="c",
                    metric=metric,
                    estimate=estimate,
                    note="" if estimate is not ABSENT else note,
                )
            )
    return maker.table_of("The conditional vectors of open transformers", cells, [DEFINITIONS, *common_footnotes(cells, facts)])


def _shares(evidence: PaperEvidence, model: str) -> dict[str, Estimate]:
    path = evidence.conditions.get(model)
    if path is None:
        return dict.fromkeys(SHARES, ABSENT)
    origins = (read_origin(path),)
    return {
        row["metric"]: Estimate(row["value"], row["low"], row["high"], row["n"], row["method"], origins=origins)
        for row in describe_shares(conditions_file.vectors(path, "c"))
    }
