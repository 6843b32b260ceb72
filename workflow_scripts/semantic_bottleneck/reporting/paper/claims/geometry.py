"""Claims about the conditional vectors themselves: similar, sparse, dominated by the timestep."""

import math
from functools import partial

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN, Finding, Rule, apart, beyond
from semantic_bottleneck.reporting.core.vocabulary import with_interval
from semantic_bottleneck.reporting.paper.claims.subjects import each_model
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.trainings import across, scope
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate
from semantic_bottleneck.uncertainty.origins import joined
from semantic_bottleneck.uncertainty.scales import scale_of

SIMILAR = 0.99
"""The paper's wording: similarity above 99 %."""
FEW_PERCENT = 11.0
"""nPR of the least sparse class-conditional model in the paper's Table 1 (DiT, 10.47 %), rounded up."""
SIMILAR_ALONE = 0.9
"""From here on y alone counts as similar (Table 4's largest class-conditional value is 0.854)."""
COSINE, NPR = "cosine_similarity", "normalized_participation_ratio_percent"


def _is_similar(evidence: PaperEvidence, model: str) -> Finding:
    """Mean pairwise cosine similarity of c at the initial step against SIMILAR."""
    similarity = final_number(evidence, model, "c", COSINE)
    verdict = beyond(similarity, SIMILAR) if similarity is not ABSENT else NOT_RUN
    shown = with_interval(COSINE, similarity.value, *similarity.ends())
    return _finding(evidence, model, similarity, verdict, f"mean pairwise cosine similarity {shown}.")


def _is_sparse(evidence: PaperEvidence, model: str) -> Finding:
    """nPR of c at the initial step against FEW_PERCENT."""
    ratio = final_number(evidence, model, "c", NPR)
    verdict = beyond(ratio.scaled(-1), -FEW_PERCENT) if ratio is not ABSENT else NOT_RUN
    text = (
        f"nPR {with_interval(NPR, ratio.value, *ratio.ends())}, where a vector of independent "
        f"Gaussian entries has {200 / math.pi:.1f} %."
    )
    return _finding(evidence, model, ratio, verdict, text)


def _is_dominated_by_t(evidence: PaperEvidence, model: str) -> Finding:
    """Similarity of y against that of c, and the norms of t and y."""
    c, y = (final_number(evidence, model, kind, COSINE) for kind in ("c", "y"))
    if ABSENT in (c, y):
        return _finding(evidence, model, c, NOT_RUN, "")
    t_norm, y_norm = (final_number(evidence, model, kind, "norm_mean").value for kind in ("t", "y"))
    ratio = t_norm / y_norm if y_norm else math.nan
    gap = across(evidence.facts.trainings(model), partial(_gap, evidence), scale_of(COSINE, "difference"))
    verdict = beyond(gap, 0.0) if gap.trainings > 1 else apart(c, y)
    if y.ends()[0] >= SIMILAR_ALONE or ratio < 1:
        verdict = FAILS
    elif verdict == HOLDS and (y.ends()[1] >= SIMILAR_ALONE or math.isnan(ratio)):
        verdict = OPEN
    text = (
        f"cosine similarity {with_interval(COSINE, y.value, *y.ends())} for y alone against "
        f"{with_interval(COSINE, c.value, *c.ends())} for c; t is {ratio:.2f} times as long as y."
    )
    return _finding(evidence, model, c, verdict, text)


def final_number(evidence: PaperEvidence, model: str, kind: str, metric: str) -> Estimate:
    """A number of the last checkpoint at the initial step, over the trainings of a model."""
    trainings = evidence.facts.trainings(model)
    return across(trainings, lambda member: evidence.final.select(model=member, kind=kind, metric=metric), scale_of(metric))


def _gap(evidence: PaperEvidence, model: str) -> Estimate:
    """How much more alike c is than y, of one training."""
    c, y = (evidence.final.select(model=model, kind=kind, metric=COSINE) for kind in ("c", "y"))
    return Estimate(c.value - y.value, origins=joined(c.origins, y.origins))


def _finding(evidence: PaperEvidence, model: str, judged: Estimate, verdict: str, text: str) -> Finding:
    """`judged`: the number that decides."""
    title = evidence.facts.title(model)
    if verdict == NOT_RUN:
        return Finding(model, title, NOT_RUN, f"{title}: its conditional vectors were not measured.")
    rows = evidence.geometry.only(model=evidence.facts.trainings(model) if judged.trainings else [model]).frame
    last = rows.loc[rows.groupby("model", sort=False)["training_step"].idxmax()]
    files = tuple(f"geometry/{row['model']}/{row['checkpoint']}.parquet" for _, row in last.iterrows())
    return Finding(model, title, verdict, f"{title}, {scope(judged)}: {text}", files)


EXTREME_SIMILARITY = Rule(
    "extreme_similarity",
    "Conditional vectors of different classes are nearly the same: cosine similarity above 99 %.",
    f"holds where the interval of the mean pairwise cosine similarity of c at the initial step lies above {SIMILAR}",
    each_model(_is_similar),
)
FEW_DIMENSIONS = Rule(
    "few_dimensions",
    "Few dimensions carry the conditional vector: a normalised participation ratio of some percent.",
    f"holds where the interval of nPR of c at the initial step lies below {FEW_PERCENT:g} %",
    each_model(_is_sparse),
)
TIMESTEP_DOMINATES = Rule(
    "timestep_dominates",
    "The similarity comes from the timestep: y alone is not similar, t dominates c = y + t.",
    f"holds where y's similarity lies below {SIMILAR_ALONE} and below c's (over several trainings by the interval of the "
    "difference, else intervals apart) and t is longer than y",
    each_model(_is_dominated_by_t),
)
