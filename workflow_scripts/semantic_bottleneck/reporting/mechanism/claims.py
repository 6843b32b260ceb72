"""The questions of the mechanism page, each with the rule that was written before the trainings (docs/mechanism.md)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import pandas as pd

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN, Claim, Finding, Rule, beyond
from semantic_bottleneck.reporting.core.measures import mean_over
from semantic_bottleneck.reporting.mechanism.evidence import COSINE, COST, EARLY, NPR, Arm, MechanismEvidence
from semantic_bottleneck.uncertainty.estimates import Estimate
from semantic_bottleneck.uncertainty.scales import PERCENT, POSITIVE, Scale, difference_of, scale_of

ALIKE, SPARSE = 0.99, 11.0
"""Cosine of c above, and nPR of c in percent below, which the paper's pattern is there."""
POINTS = 5.0
"""Agreement, in points, that counts as lost."""
TAIL_COST, HEAD_COST = 20.0, 40.0
"""Points that the smallest two thirds may cost, and that the eight largest must."""

By = Callable[[MechanismEvidence, Arm], pd.Series]


@dataclass(frozen=True)
class TrainingNumber:
    """A number of a training, how it is called, the range of its values, and how it is printed."""

    name: str
    of: By
    scale: Scale
    decimals: int = 1

    def said(self, estimate: Estimate) -> str:
        """The mean and its interval over trainings."""
        value, low, high = (f"{each:z.{self.decimals}f}" for each in (estimate.value, estimate.low, estimate.high))
        ends = f" [{low} to {high}]" if estimate.low == estimate.low else ""
        return f"{self.name} {value}{ends}".replace("-", "−")


def _cost(variant: str, name: str) -> TrainingNumber:
    return TrainingNumber(f"cost of {name}, points,", lambda evidence, arm: evidence.cost(arm, variant), COST)


COSINE_C = TrainingNumber("cosine of c", lambda evidence, arm: evidence.geometric(arm, "c", COSINE), scale_of(COSINE), 4)
NPR_C = TrainingNumber("nPR of c, %,", lambda evidence, arm: evidence.geometric(arm, "c", NPR), scale_of(NPR))
AGREEMENT = TrainingNumber("agreement, %,", lambda evidence, arm: evidence.agreement(arm), PERCENT)
EARLY_LOSS = TrainingNumber(f"loss at update {EARLY:,}", lambda evidence, arm: evidence.loss(arm, "early"), POSITIVE, 4)
TAIL_39, TAIL_66 = _cost("tail-39", "the smallest 39 %"), _cost("tail-66", "the smallest 66 %")
SHARED_39 = _cost("shared-39", "39 % shared by all classes")
SHOULDER, MEAN_TAIL = _cost("mean-shoulder", "ranks 9 to 87"), _cost("mean-tail-66", "ranks 88 to 256")
HEAD_8, MEAN_HEAD_8 = _cost("head-8", "the 8 largest"), _cost("mean-head-8", "the 8 largest to their class mean")


def judge_mechanism(evidence: MechanismEvidence) -> list[Claim]:
    """All claims, those whose arms or variants the study lacks as not run."""
    return [rule.claim(evidence) for rule in RULES]


def _level(
    number: TrainingNumber, role: str, low: float | None, high: float | None, evidence: MechanismEvidence
) -> Iterable[Finding]:
    """Does a number of one arm lie above `low`, or below `high`?"""
    arm = evidence.of(role)
    if arm is None or not len(values := number.of(evidence, arm).dropna()):
        return [_absent(role)]
    estimate = mean_over(values, scale=number.scale)
    verdict = beyond(estimate, low) if low is not None else beyond(estimate.scaled(-1), -float(high or 0))
    bound = f"above {low:g}" if low is not None else f"below {high:g}"
    return [Finding(arm.name, arm.title, verdict, f"{arm.title}: {number.said(estimate)} (asked: {bound})", _files(arm))]


def _gap(number: TrainingNumber, first: str, second: str, above: float, evidence: MechanismEvidence) -> Iterable[Finding]:
    """Is a number of the first arm larger than the second's by more than `above`, training by training?"""
    arms = evidence.of(first), evidence.of(second)
    if arms[0] is None or arms[1] is None:
        return [_absent(first if arms[0] is None else second)]
    values = [number.of(evidence, arm) for arm in arms if arm is not None]
    gap = mean_over((values[0] - values[1]).dropna(), scale=difference_of(number.scale))
    if gap.value != gap.value:
        return [_absent(first)]
    named = (
        f"{arms[0].title} less {arms[1].title}: {number.said(gap)}; means {values[0].mean():.4g} and {values[1].mean():.4g}."
    )
    text = named if gap.low == gap.low else f"{named} One training decides nothing."
    return [Finding(arms[0].name, arms[0].title, beyond(gap, above), text, (*_files(arms[0]), *_files(arms[1])))]


def _dearer(
    first: TrainingNumber, second: TrainingNumber, role: str, above: float, evidence: MechanismEvidence
) -> Iterable[Finding]:
    """Is one number of an arm larger than another of it by more than `above`, training by training?"""
    arm = evidence.of(role)
    gaps = [] if arm is None else (first.of(evidence, arm) - second.of(evidence, arm)).dropna()
    gap = mean_over(gaps, scale=difference_of(first.scale))
    if arm is None or gap.value != gap.value:
        return [_absent(role)]
    text = f"{arm.title}: {first.name} less {second.name} {TrainingNumber('', first.of, first.scale).said(gap).strip()}"
    return [Finding(arm.name, arm.title, beyond(gap, above), text, _files(arm))]


def _all(parts: Iterable[Callable[[MechanismEvidence], Iterable[Finding]]], evidence: MechanismEvidence) -> Iterable[Finding]:
    """One finding from several demands: holds where all hold, does not hold where one does not."""
    findings = [finding for part in parts for finding in part(evidence)]
    verdicts = [finding.verdict for finding in findings]
    if NOT_RUN in verdicts:
        return [next(finding for finding in findings if finding.verdict == NOT_RUN)]
    verdict = FAILS if FAILS in verdicts else HOLDS if set(verdicts) == {HOLDS} else OPEN
    text = "; ".join(f"{finding.sentence.rstrip('.')}: {finding.verdict}" for finding in findings) + "."
    files = tuple(dict.fromkeys(file for finding in findings for file in finding.evidence))
    return [Finding(findings[0].model, findings[0].title, verdict, text, files)]


def _absent(role: str) -> Finding:
    return Finding("", "", NOT_RUN, f"Not run: the study has no arm of role {role}, or not what is asked of it.")


def _files(arm: Arm) -> tuple[str, ...]:
    return tuple(f"scores/{run}/baseline.parquet" for run in arm.runs)


def _above(number: TrainingNumber, role: str, bound: float) -> Callable[[MechanismEvidence], Iterable[Finding]]:
    return partial(_level, number, role, bound, None)


def _below(number: TrainingNumber, role: str, bound: float) -> Callable[[MechanismEvidence], Iterable[Finding]]:
    return partial(_level, number, role, None, bound)


def _more(
    number: TrainingNumber, first: str, second: str, bound: float = 0.0
) -> Callable[[MechanismEvidence], Iterable[Finding]]:
    return partial(_gap, number, first, second, bound)


def _rule(name: str, statement: str, rule: str, *parts: Callable[[MechanismEvidence], Iterable[Finding]]) -> Rule:
    judge = partial(_all, parts) if len(parts) > 1 else parts[0]
    return Rule(name, statement, f"{rule} (95 % intervals over trainings)", judge, paper=False, subjects="arms")


def _pattern(role: str) -> list[Callable[[MechanismEvidence], Iterable[Finding]]]:
    demands = [_above(COSINE_C, role, ALIKE), _below(NPR_C, role, SPARSE), _below(TAIL_39, role, POINTS)]
    return [*demands, _below(TAIL_66, role, TAIL_COST), _above(HEAD_8, role, HEAD_COST)]


PATTERN = (
    f"holds where cosine of c lies above {ALIKE}, nPR below {SPARSE:g} %, the smallest 39 % cost under {POINTS:g} points, the "
    f"smallest 66 % under {TAIL_COST:g}, the 8 largest over {HEAD_COST:g}; does not hold where one of these fails"
)
ENOUGH = f"holds where agreement is above that of all learned less {POINTS:g} points; does not hold where it is below"
RULES = (
    _rule(
        "confining_makes_alike",
        "Confining t to few dimensions makes c alike between classes.",
        "holds where the cosine of c is higher than with all learned and above .98, and below .95 with all learned",
        _more(COSINE_C, "confined", "base"),
        _above(COSINE_C, "confined", 0.98),
        _below(COSINE_C, "base", 0.95),
    ),
    _rule(
        "confining_makes_sparse",
        "Confining t to few dimensions makes c sparse.",
        f"holds where nPR of c is below {SPARSE:g} % with t confined and above 25 % with all learned",
        _below(NPR_C, "confined", SPARSE),
        _above(NPR_C, "base", 25.0),
    ),
    _rule("pattern_confined", "The paper's whole pattern appears with t confined.", PATTERN, *_pattern("confined")),
    _rule("pattern_base", "The paper's whole pattern appears with all learned.", PATTERN, *_pattern("base")),
    _rule("frozen_code", "A frozen random code is enough.", ENOUGH, _more(AGREEMENT, "frozen", "base", -POINTS)),
    _rule(
        "tail_from_training",
        "The prunable tail comes with training.",
        f"holds where the smallest 66 % cost over {POINTS:g} points more after the short training than after the long one",
        _more(TAIL_66, "short", "base", POINTS),
    ),
    _rule(
        "confining_speeds",
        "Confining t makes training faster.",
        f"holds where the loss at update {EARLY:,} is higher with all learned than with t confined; does not hold where it is "
        "lower",
        _more(EARLY_LOSS, "base", "confined"),
    ),
    _rule(
        "head_is_time",
        "The 8 largest dimensions are time, not class.",
        f"holds where they cost under {POINTS:g} points when set to their class mean, with all learned and with t confined",
        _below(MEAN_HEAD_8, "base", POINTS),
        _below(MEAN_HEAD_8, "confined", POINTS),
    ),
    _rule(
        "shoulder_is_class",
        "The class sits in the shoulder, ranks 9 to 87.",
        f"holds where these cost over {HEAD_COST:g} points when set to their class mean, and more than all smaller ones, with "
        "all learned and with t confined",
        *(
            demand
            for role in ("base", "confined")
            for demand in (_above(SHOULDER, role, HEAD_COST), partial(_dearer, SHOULDER, MEAN_TAIL, role, 0.0))
        ),
    ),
    _rule(
        "mask_is_class",
        "Which entries a mask removes tells the class.",
        f"holds where the smallest 39 % cost over {POINTS:g} points more when all classes share the mask than by each vector's "
        "own ranks, with all learned and with t confined",
        *(partial(_dearer, SHARED_39, TAIL_39, role, POINTS) for role in ("base", "confined")),
    ),
    _rule(
        "no_time_no_head",
        "Without t there is no fatal head, and the network draws nearly as well.",
        "holds where the 8 largest cost more with all learned than without t, and agreement without t is less than 10 points "
        "lower",
        _more(HEAD_8, "base", "timeless"),
        _more(AGREEMENT, "timeless", "base", -10.0),
    ),
    _rule(
        "scaling_makes_alike",
        "t times 1000 makes c more alike.",
        "holds where the cosine of c is higher than with all learned; does not hold where it is lower",
        _more(COSINE_C, "scaled", "base"),
    ),
    _rule(
        "continuous_is_alike",
        "A continuous condition makes c alike between conditions.",
        f"holds where the cosine of c is higher with an MLP of the point than with a table of points, and above {ALIKE}",
        _more(COSINE_C, "continuous", "base"),
        _above(COSINE_C, "continuous", ALIKE),
    ),
    _rule("pattern_tokens", "The paper's whole pattern appears where c is tokens.", PATTERN, *_pattern("tokens")),
    _rule("pattern_attention", "The paper's whole pattern appears where c is attended to.", PATTERN, *_pattern("attention")),
    _rule(
        "apart_no_head",
        "Where c holds no t it has no fatal head.",
        f"holds where the 8 largest cost under {HEAD_COST:g} points with t apart, c as tokens and attended to",
        *(_below(HEAD_8, role, HEAD_COST) for role in ("tokens-apart", "attention-apart")),
    ),
    _rule(
        "ways_draw_as_well",
        "Tokens and cross-attention draw as well as AdaLN.",
        "holds where agreement is above that of AdaLN less 10 points, for both, with t in c and with t apart",
        *(_more(AGREEMENT, role, "base", -10.0) for role in ("tokens", "attention", "tokens-apart", "attention-apart")),
    ),
    _rule(
        "classes_make_alike",
        "More classes at one width make c more alike.",
        "holds where the cosine of c rises from few classes to the base's and from these to many",
        _more(COSINE_C, "base", "few-classes"),
        _more(COSINE_C, "many-classes", "base"),
    ),
    _rule("few_parameters", "Few conditioning parameters are enough.", ENOUGH, _more(AGREEMENT, "low-rank", "base", -POINTS)),
)
"""In the order of the page."""
