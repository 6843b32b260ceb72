"""How much the training seed matters: the headline model's numbers over its replicates."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from semantic_bottleneck.reporting.core.facts import BASELINE, ReportFacts
from semantic_bottleneck.reporting.core.inputs import final_geometry
from semantic_bottleneck.reporting.core.table import CellMaker, Table
from semantic_bottleneck.reporting.core.wording import variant_title
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate, estimate_from, find_score, over_seeds

GEOMETRY_METRICS = ("cosine_similarity", "normalized_participation_ratio_percent")
SCORE_METRICS = ("fid", "inception_score", "clip_score", "class_agreement")


def build_seeds_table(
    geometry: pd.DataFrame,
    scores: pd.DataFrame,
    variants: pd.DataFrame,
    models: Sequence[str],
    names: Sequence[str],
    study: ReportFacts,
) -> Table:
    """Mean over training seeds of geometry (baseline row) and scores (every variant), n = number of seeds.

    Args:
        geometry, scores, variants: rows of `inputs.read_*` of all replicates.
        models: the replicates of one model.
        names: variants, in order, the baseline among them.
    """
    maker = CellMaker("seeds", study)
    scored = [metric for metric in SCORE_METRICS if metric in set(scores["metric"])]
    cells = []
    for variant in names:
        found = variants[(variants["variant"] == variant) & variants["model"].isin(models)]
        row = variant if found.empty else _mean_title(found)
        common: dict[str, Any] = {"row": row, "model": models[0], "variant": variant}
        for metric in GEOMETRY_METRICS:
            estimate = _mean([_geometry(geometry, model, metric, study) for model in models]) if variant == BASELINE else ABSENT
            cells.append(maker.cell(metric=metric, estimate=estimate, **common))
        for metric in scored:
            values = [find_score(scores, model, variant, metric) for model in models]
            changes = [find_score(scores, model, variant, metric, "difference") for model in models]
            difference = _mean(changes) if variant != BASELINE else ABSENT
            cells.append(maker.cell(metric=metric, estimate=_mean(values), difference=difference, **common))
    footnotes = [
        f"Models: {', '.join(study.title(model) for model in models)}. Intervals are over training seeds, so they also hold "
        "what changes from one training to the next; those of the other tables only hold the sampling of images.",
        "Geometry belongs to the unpruned model and stands in its row only.",
    ]
    return maker.table_of(f"{study.title(models[0])} over training seeds", cells, footnotes)


def _mean(found: Sequence[Estimate]) -> Estimate:
    return over_seeds([one.value for one in found], (origin for one in found for origin in one.origins))


def _mean_title(found: pd.DataFrame) -> str:
    """The variant's title with the mean share."""
    row = found.iloc[0].copy()
    row["removed_percent"] = found["removed_percent"].mean()
    return variant_title(row)


def _geometry(geometry: pd.DataFrame, model: str, metric: str, study: ReportFacts) -> Estimate:
    rows = final_geometry(geometry, model, "c", study.initial_timesteps[model])
    return estimate_from(rows.loc[metric]) if metric in rows.index else ABSENT
