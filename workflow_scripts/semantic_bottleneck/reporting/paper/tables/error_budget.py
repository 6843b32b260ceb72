"""What the uncertainty of the headline cells is made of: the drawing of samples, of random dimensions, of the training."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from semantic_bottleneck.reporting.core.facts import BASELINE
from semantic_bottleneck.reporting.core.table import CellMaker, Table
from semantic_bottleneck.reporting.core.wording import variant_title
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate
from semantic_bottleneck.uncertainty.origins import joined

METRICS = ("fid", "class_agreement")
METHOD = "exact: taken apart from the numbers of these files"
FOOTNOTES = (
    "Standard deviation that each source adds to one measurement: of the value in the baseline's row, else of the paired "
    "difference to the baseline. Samples: the jackknife over groups of samples, mean over the trainings. Draws: between "
    "variants that differ in the seed of the random dimensions alone, samples taken off; where each group of samples has a "
    "draw of its own, what draws add is inside the column of samples. Trainings: between trainings of one card, samples taken "
    "off (0 where these explain all of it).",
    "— where there is one training, or one draw, so that nothing tells how much it adds.",
)


def build_error_budget(evidence: PaperEvidence) -> Table:
    """One row per model and variant, for each metric one column per source."""
    facts, maker, cells = evidence.facts, CellMaker("error_budget"), []
    families = list(dict.fromkeys(map(facts.family, evidence.run)))
    metrics = evidence.scored(METRICS)
    for model in families:
        for variant in evidence.variant_names:
            rows = evidence.variants[(evidence.variants["model"] == model) & (evidence.variants["variant"] == variant)]
            common: dict[str, Any] = {"section": facts.title(model), "model": model, "variant": variant}
            common["row"] = variant_title(rows.iloc[0]) if len(rows) else variant
            for metric in metrics:
                sources = {
                    "samples": _samples(evidence, facts.trainings(model), variant, metric),
                    "draws": _spread(evidence, [model], _draws(rows, evidence), metric),
                    "trainings": _spread(evidence, facts.trainings(model), [variant], metric),
                }
                cells += [maker.cell(metric=metric, group=name, estimate=number, **common) for name, number in sources.items()]
    return maker.table_of("What the uncertainty is made of", cells, FOOTNOTES)


def _numbers(evidence: PaperEvidence, models: Sequence[str], variants: Sequence[str], metric: str) -> pd.DataFrame:
    """The values of a metric, differences of pruned variants, with their standard errors."""
    quantity = "value" if list(variants) == [BASELINE] else "difference"
    keys = {"model": list(models), "variant": list(variants), "metric": metric, "quantity": quantity}
    return evidence.scores.only(**keys).frame.dropna(subset=["value", "standard_error"])


def _samples(evidence: PaperEvidence, models: Sequence[str], variant: str, metric: str) -> Estimate:
    frame = _numbers(evidence, models, [variant], metric)
    if frame.empty:
        return ABSENT
    return Estimate(math.sqrt((frame["standard_error"] ** 2).mean()), n=len(frame), method=METHOD, origins=_origins(frame))


def _spread(evidence: PaperEvidence, models: Sequence[str], variants: Sequence[str], metric: str) -> Estimate:
    """Standard deviation between measurements beyond what their samples explain."""
    frame = _numbers(evidence, models, variants, metric)
    if len(frame) < 2:
        return ABSENT
    beyond = float(np.var(frame["value"], ddof=1) - (frame["standard_error"] ** 2).mean())
    return Estimate(math.sqrt(max(0.0, beyond)), n=len(frame), method=METHOD, origins=_origins(frame))


def _draws(rows: pd.DataFrame, evidence: PaperEvidence) -> list[str]:
    """The variants that remove as many random dimensions in the same way: other draws of the same control."""
    if rows.empty or rows.iloc[0]["side"] != "random":
        return []
    own, variants = rows.iloc[0], evidence.variants
    same = (variants["model"] == own["model"]) & (variants["side"] == "random")
    for column in ("window", "mask", "replacement", "removed_dimensions"):
        same &= variants[column] == own[column]
    return variants[same]["variant"].tolist()


def _origins(frame: pd.DataFrame) -> tuple:
    return joined(frame["origin"]) if "origin" in frame else ()
