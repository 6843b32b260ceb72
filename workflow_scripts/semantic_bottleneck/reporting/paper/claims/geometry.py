"""Claims about the conditional vectors themselves: similar, sparse, dominated by the timestep."""

import math

import pandas as pd

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN, Claim, Finding, apart, beyond, conclude
from semantic_bottleneck.reporting.core.facts import ReportFacts
from semantic_bottleneck.reporting.core.inputs import final_geometry
from semantic_bottleneck.reporting.core.vocabulary import with_interval
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate, estimate_from

SIMILAR = 0.99
"""The paper's wording: similarity above 99 %."""
FEW_PERCENT = 11.0
"""nPR of the least sparse class-conditional model in the paper's Table 1 (DiT, 10.47 %), rounded up."""
SIMILAR_ALONE = 0.9
"""From here on y alone counts as similar (Table 4's largest class-conditional value is 0.854)."""
COSINE, NPR = "cosine_similarity", "normalized_participation_ratio_percent"


def extreme_similarity(geometry: pd.DataFrame, study: ReportFacts) -> Claim:
    """Mean pairwise cosine similarity of c at the initial step against SIMILAR."""
    findings = []
    for model in study.judged():
        found = _measured(geometry, model, "c", COSINE, study)
        verdict = beyond(found, SIMILAR) if found is not ABSENT else NOT_RUN
        sentence = f"{study.title(model)}: mean pairwise cosine similarity {with_interval(COSINE, found.value, *found.ends())}."
        findings.append(_finding(model, study, verdict, sentence, geometry))
    return conclude(
        "extreme_similarity",
        "Conditional vectors of different classes are nearly the same: cosine similarity above 99 %.",
        f"holds where the interval of the mean pairwise cosine similarity of c at the initial step lies above {SIMILAR}",
        findings,
    )


def few_dimensions(geometry: pd.DataFrame, study: ReportFacts) -> Claim:
    """nPR of c at the initial step against FEW_PERCENT."""
    findings = []
    for model in study.judged():
        found = _measured(geometry, model, "c", NPR, study)
        verdict = beyond(found.scaled(-1), -FEW_PERCENT) if found is not ABSENT else NOT_RUN
        sentence = (
            f"{study.title(model)}: nPR {with_interval(NPR, found.value, *found.ends())}, where a vector of independent "
            f"Gaussian entries has {200 / math.pi:.1f} %."
        )
        findings.append(_finding(model, study, verdict, sentence, geometry))
    return conclude(
        "few_dimensions",
        "Few dimensions carry the conditional vector: a normalised participation ratio of some percent.",
        f"holds where the interval of nPR of c at the initial step lies below {FEW_PERCENT:g} %",
        findings,
    )


def timestep_dominates(geometry: pd.DataFrame, study: ReportFacts) -> Claim:
    """Similarity of y against that of c, and the norms of t and y."""
    findings = []
    for model in study.judged():
        c, y = (_measured(geometry, model, kind, COSINE, study) for kind in ("c", "y"))
        norms = [_measured(geometry, model, kind, "norm_mean", study).value for kind in ("t", "y")]
        if ABSENT in (c, y):
            findings.append(_finding(model, study, NOT_RUN, "", geometry))
            continue
        ratio = norms[0] / norms[1] if norms[1] else math.nan
        verdict = apart(c, y)
        if y.ends()[0] >= SIMILAR_ALONE or ratio < 1:
            verdict = FAILS
        elif verdict == HOLDS and (y.ends()[1] >= SIMILAR_ALONE or math.isnan(ratio)):
            verdict = OPEN
        sentence = (
            f"{study.title(model)}: cosine similarity {with_interval(COSINE, y.value, *y.ends())} for y alone against "
            f"{with_interval(COSINE, c.value, *c.ends())} for c; t is {ratio:.2f} times as long as y."
        )
        findings.append(_finding(model, study, verdict, sentence, geometry))
    return conclude(
        "timestep_dominates",
        "The similarity comes from the timestep: y alone is not similar, t dominates c = y + t.",
        f"holds where y's similarity lies below {SIMILAR_ALONE} and below c's (intervals apart) and t is longer than y",
        findings,
    )


def _measured(geometry: pd.DataFrame, model: str, kind: str, metric: str, study: ReportFacts) -> Estimate:
    rows = final_geometry(geometry, model, kind, study.initial_timesteps[model])
    return estimate_from(rows.loc[metric]) if metric in rows.index else ABSENT


def _finding(model: str, study: ReportFacts, verdict: str, sentence: str, geometry: pd.DataFrame) -> Finding:
    if verdict == NOT_RUN:
        return Finding(model, study.title(model), NOT_RUN, f"{study.title(model)}: its conditional vectors were not measured.")
    rows = geometry[geometry["model"] == model]
    checkpoint = rows.loc[rows["training_step"].idxmax(), "checkpoint"]
    return Finding(model, study.title(model), verdict, sentence, (f"geometry/{model}/{checkpoint}.parquet",))
