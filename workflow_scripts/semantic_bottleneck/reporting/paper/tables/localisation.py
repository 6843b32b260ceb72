"""Table `localisation`: which class samples show when one part of c after another is replaced."""

from functools import partial

from semantic_bottleneck.reporting.core.facts import BASELINE
from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.reporting.core.table import CellMaker, Table
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.footnotes import common_footnotes
from semantic_bottleneck.reporting.paper.localised import AGREEMENT, MARGIN, OTHER_AGREEMENT, localised_trainings
from semantic_bottleneck.reporting.paper.settings import setting_title
from semantic_bottleneck.reporting.paper.trainings import across
from semantic_bottleneck.study.localisation import OWN
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate
from semantic_bottleneck.uncertainty.scales import scale_of

METRICS = (AGREEMENT, OTHER_AGREEMENT, MARGIN, "fid")
PARTS = {
    "head": "head",
    "top": "largest tenth",
    "shoulder": "shoulder",
    "tail": "tail",
    "lower": "all but the largest tenth",
    "rest": "all but the head",
    "varied": "quarter that varies most over classes",
    "all": "all of c",
}
CHANGES = {"mean": "to the class mean", "zero": "to zero", "other": "from another class"}
MASKS = {"": "", "random": ", as many at random", "shared": ", one mask for all"}


def row_title(variant: str) -> str:
    """`shoulder to the class mean, one mask for all` from a variant's name."""
    if variant == BASELINE:
        return variant
    part, change, *mask = variant.split("-", 2)
    if change == "noise":
        return f"{PARTS[part]} with noise of {mask[0]} standard deviations"
    return f"{PARTS[part]} {CHANGES[change]}{MASKS[mask[0] if mask else '']}"


def build_localisation(evidence: PaperEvidence) -> Table:
    """One block of rows per model, one row per variant: values with intervals and paired differences to the baseline.

    Of a model with several localised trainings they are means over these, by the rule of the claims.
    """
    facts, measures, cells = evidence.facts, evidence.localisation, []
    ends = facts.protocol["localisation"]
    maker = CellMaker(evidence.exhibit, facts.not_run)
    scored = set(measures.frame["metric"])
    rows = measures.frame[["setting", "variant"]].drop_duplicates().itertuples(index=False, name=None)
    asked = list(rows) or [(OWN, BASELINE)]
    several = len({setting for setting, _ in asked}) > 1
    for model, trainings in localised_trainings(evidence).items():
        for setting, variant in asked:
            within = measures.only(setting=setting)
            for metric in (metric for metric in METRICS if metric in scored or not scored):
                value, difference = (
                    across(trainings, partial(_number, within, variant, metric, quantity), scale_of(metric, quantity))
                    for quantity in ("value", "difference")
                )
                if value is ABSENT and setting != OWN:
                    continue
                cell = maker.cell(
                    row=row_title(variant),
                    model=model,
                    section=facts.title(model),
                    group=setting_title(setting) if several else "",
                    estimate=value,
                    difference=difference,
                    note="not scored" if value is ABSENT else "",
                    variant=variant,
                    metric=metric,
                )
                cells.append(cell)
    footnotes = [
        f"Parts are ranges of each vector's own ranks by |c|: the head is the largest {100 * ends['head']:.4g} % of the "
        f"dimensions, the shoulder follows until {100 * ends['shoulder']:.4g} %, the tail is the rest; the “largest tenth” is "
        f"{100 * ends['top']:.4g} %. "
        "Only the vector of the condition is changed, at every pruned step; the null "
        "vector stays. A part as its mean over classes keeps its time and loses its class; as zero it loses both. Random "
        "dimensions are drawn for each class and each group of samples that the jackknife leaves out.",
        "Δ is the paired difference to the baseline with its 95 % interval. A lost class with a small FID is a good picture of "
        "something else; a large FID is a wrecked picture.",
    ]
    return maker.table_of("Where in c the class is", cells, [*footnotes, *common_footnotes(cells, facts)])


def _number(measures: Measures, variant: str, metric: str, quantity: str, model: str) -> Estimate:
    """A value of one training, or its difference to the baseline."""
    against = BASELINE if quantity == "difference" else ""
    return measures.select(model=model, variant=variant, metric=metric, quantity=quantity, against=against)
