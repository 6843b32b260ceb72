"""Tables 1, 4 and 5: similarity and sparsity of the conditional vectors at the noisiest step."""

from collections.abc import Sequence

from semantic_bottleneck.reporting.core.table import Beside, CellMaker, Table
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.footnotes import common_footnotes
from semantic_bottleneck.uncertainty.estimates import ABSENT

TABLE1_METRICS = ("dimension", "participation_ratio", "normalized_participation_ratio_percent", "cosine_similarity")
TABLE4_METRICS = ("cosine_similarity", "normalized_participation_ratio_percent")
VARIANTS = {"c": "y+t", "y": "y"}
"""Kind of vector -> the paper's name of the column group (for AudioLDM c is [t, y], printed in the same place)."""

DEFINITIONS = (
    "nPR is the participation ratio divided by the number of dimensions (Eq. 1), averaged over conditions; "
    "cosine similarity is the mean over unordered pairs of distinct conditions. "
    "A vector of independent Gaussian entries has an nPR of 63.7 %."
)


def build_table1(evidence: PaperEvidence) -> Table:
    """Dimension, PR, nPR and cosine similarity of c at the initial step, one row per model, also where it was not run."""
    return _build("table1", "Similarity and sparsity of c at the initial step", ("c",), TABLE1_METRICS, evidence)


def build_table4(evidence: PaperEvidence) -> Table:
    """Cosine similarity and nPR of c = y + t and of y alone, class-conditional models."""
    title = "With and without the timestep: c = y + t against y alone"
    return _build("table4", title, ("c", "y"), TABLE4_METRICS, evidence)


def build_table5(evidence: PaperEvidence) -> Table:
    """As Table 4, for models with continuous conditions (pose, video, text)."""
    title = "With and without the timestep, continuous conditions"
    return _build("table5", title, ("c", "y"), TABLE4_METRICS, evidence)


def _build(name: str, title: str, kinds: Sequence[str], metrics: Sequence[str], evidence: PaperEvidence) -> Table:
    facts = evidence.facts
    maker = CellMaker(name, facts.not_run)
    cells, counts = [], {}
    for model in evidence.models:
        for kind in kinds:
            variant = VARIANTS[kind]
            for metric in metrics:
                estimate = evidence.final.select(model=model, kind=kind, metric=metric)
                if metric == "cosine_similarity" and estimate is not ABSENT:
                    counts[model] = estimate.n
                printed = evidence.printed(name, model, variant, metric)
                cells.append(
                    maker.cell(
                        row=facts.title(model),
                        model=model,
                        variant=variant,
                        metric=metric,
                        estimate=estimate,
                        beside=Beside(printed, facts.compared(model), facts.same_model(model)),
                        group="" if len(kinds) == 1 else variant.replace("+", " + "),
                        note="" if estimate is not ABSENT else "not measured",
                    )
                )
    footnotes = [DEFINITIONS]
    if counts:
        footnotes.append("Conditions: " + ", ".join(f"{facts.title(model)} {n:,.0f}" for model, n in counts.items()) + ".")
    return maker.table_of(title, cells, footnotes + common_footnotes(cells, facts))
