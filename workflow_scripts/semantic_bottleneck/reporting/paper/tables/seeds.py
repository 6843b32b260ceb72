"""How much the training seed matters: the headline model's numbers over its replicates."""

from typing import Any

import pandas as pd

from semantic_bottleneck.reporting.core.facts import BASELINE
from semantic_bottleneck.reporting.core.measures import mean_estimate
from semantic_bottleneck.reporting.core.table import CellMaker, Table
from semantic_bottleneck.reporting.core.wording import variant_title
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.footnotes import common_footnotes
from semantic_bottleneck.uncertainty.estimates import ABSENT

GEOMETRY_METRICS = ("cosine_similarity", "normalized_participation_ratio_percent")
SCORE_METRICS = ("fid", "inception_score", "clip_score", "class_agreement")


def build_seeds_table(evidence: PaperEvidence) -> Table:
    """Mean over the replicates of one model of geometry (baseline row) and scores (every variant), n = number of seeds."""
    facts, models, variants = evidence.facts, evidence.models, evidence.variants
    maker, cells = CellMaker("seeds", facts.not_run), []
    for variant in evidence.variant_names:
        rows = variants[(variants["variant"] == variant) & variants["model"].isin(models)]
        title = variant if rows.empty else _mean_title(rows)
        common: dict[str, Any] = {"row": title, "model": models[0], "variant": variant}
        for metric in GEOMETRY_METRICS:
            each = [evidence.final.select(model=model, kind="c", metric=metric) for model in models]
            cells.append(maker.cell(metric=metric, estimate=mean_estimate(each) if variant == BASELINE else ABSENT, **common))
        for metric in evidence.scored(SCORE_METRICS):
            values, changes = (
                mean_estimate(evidence.score(model, variant, metric, quantity) for model in models)
                for quantity in ("value", "difference")
            )
            difference = changes if variant != BASELINE else ABSENT
            cells.append(maker.cell(metric=metric, estimate=values, difference=difference, **common))
    footnotes = [
        f"Models: {', '.join(facts.title(model) for model in models)}. Intervals are over training seeds, so they also hold "
        "what changes from one training to the next; those of the other tables only hold the sampling of images.",
        "Geometry belongs to the unpruned model and stands in its row only.",
        *common_footnotes(cells, facts),
    ]
    return maker.table_of(f"{facts.title(models[0])} over training seeds", cells, footnotes)


def _mean_title(rows: pd.DataFrame) -> str:
    """The variant's title with the mean share."""
    row = rows.iloc[0].copy()
    row["removed_percent"] = rows["removed_percent"].mean()
    return variant_title(row)
