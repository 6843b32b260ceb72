"""How much the training seed matters: the numbers of models over their trainings, by the rule that the claims follow too."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd

from semantic_bottleneck.reporting.core.facts import BASELINE
from semantic_bottleneck.reporting.core.table import CellMaker, Table
from semantic_bottleneck.reporting.core.wording import variant_title
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.footnotes import common_footnotes
from semantic_bottleneck.reporting.paper.trainings import across
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate
from semantic_bottleneck.uncertainty.scales import scale_of

GEOMETRY_METRICS = ("cosine_similarity", "normalized_participation_ratio_percent")
SCORE_METRICS = ("fid", "inception_score", "clip_score", "class_agreement")


def build_seeds_table(evidence: PaperEvidence) -> Table:
    """Of each model the mean over its trainings of geometry (baseline row) and scores (every variant), n = their number."""
    facts = evidence.facts
    maker, cells = CellMaker(evidence.exhibit, facts.not_run), []
    families = list(dict.fromkeys(map(facts.family, evidence.models)))
    for model in families:
        over = partial(across, facts.trainings(model))
        for variant in evidence.variant_names:
            common: dict[str, Any] = {"row": _title(evidence, model, variant), "model": model, "variant": variant}
            common["section"] = facts.title(model)
            for metric in GEOMETRY_METRICS:
                number = over(_geometry(evidence, metric), scale_of(metric)) if variant == BASELINE else ABSENT
                cells.append(maker.cell(metric=metric, estimate=number, **common))
            for metric in evidence.scored(SCORE_METRICS):
                value, difference = (
                    over(_score(evidence, variant, metric, quantity), scale_of(metric, quantity))
                    for quantity in ("value", "difference")
                )
                difference = difference if variant != BASELINE else ABSENT
                cells.append(maker.cell(metric=metric, estimate=value, difference=difference, **common))
    counts = ", ".join(f"{len(facts.trainings(model))} of {facts.title(model)}" for model in families)
    footnotes = [
        f"Trainings: {counts}. Intervals are over trainings (Student t, on a scale that cannot leave the range of the metric), "
        "so they also hold what changes from one training to the next; those of the other tables hold the drawing of samples "
        "alone. Where there are several trainings, the claims are judged by these numbers.",
        "Geometry belongs to the unpruned model and stands in its row only.",
        *common_footnotes(cells, facts),
    ]
    title = f"{facts.title(families[0])} over trainings" if len(families) == 1 else "Models over their trainings"
    return maker.table_of(title, cells, footnotes)


def _geometry(evidence: PaperEvidence, metric: str) -> Callable[[str], Estimate]:
    return lambda model: evidence.final.select(model=model, kind="c", metric=metric)


def _score(evidence: PaperEvidence, variant: str, metric: str, quantity: str) -> Callable[[str], Estimate]:
    return lambda model: evidence.score(model, variant, metric, quantity)


def _title(evidence: PaperEvidence, model: str, variant: str) -> str:
    """The variant's title with the mean share over the trainings."""
    rows = evidence.variants
    rows = rows[(rows["variant"] == variant) & rows["model"].isin(evidence.facts.trainings(model))]
    if rows.empty:
        return variant
    row: pd.Series = rows.iloc[0].copy()
    row["removed_percent"] = rows["removed_percent"].mean()
    return variant_title(row)
