"""Claims about pruning: the tail can go, the head cannot, late is best, quality improves.

A loss is measured in class agreement where it was scored (points lost), else in FID (percent gained); both are paired
differences to the baseline with their interval. FREE and DAMAGED say what counts as nothing and as much. Two variants are
compared by their own paired difference, and several trainings of a model decide together (`paper.trainings`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN, Finding, Rule, beyond
from semantic_bottleneck.reporting.core.vocabulary import with_interval
from semantic_bottleneck.reporting.core.wording import variant_title
from semantic_bottleneck.reporting.paper.claims.pruned_model import DAMAGED, FREE, PrunedModel
from semantic_bottleneck.reporting.paper.claims.subjects import each_model
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.shares import PAPER_SHARE, SAME_SHARE
from semantic_bottleneck.reporting.paper.trainings import scope
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate

RULE = (
    f"loss in class agreement (points), or in FID (percent of the baseline's) where no agreement was scored; "
    f"up to {FREE['class_agreement']:g} points or {FREE['fid']:g} % count as none, "
    f"from {DAMAGED['class_agreement']:g} points or {DAMAGED['fid']:g} % on as damage"
)


@dataclass(frozen=True)
class Judgement:
    """A verdict on one model: its sentence, the variants used, and the number that decides."""

    verdict: str
    sentence: str
    rows: list[pd.Series]
    number: Estimate


def _tail_prunable(model: PrunedModel) -> Judgement | None:
    """The tail variant nearest to the paper's share: is its loss nothing?"""
    row = model.tail()
    loss = model.loss(row) if row is not None else None
    if row is None or loss is None:
        return None
    fid = model.change(row, "fid")
    also = f"; FID changes by {_signed_fid(fid)}" if fid is not ABSENT and loss.metric != "fid" else ""
    return Judgement(beyond(loss.estimate.scaled(-1), -FREE[loss.metric]), loss.words() + also, [row], loss.estimate)


def _head_not_prunable(model: PrunedModel) -> Judgement | None:
    """The largest head variant that removes less than the tail: is its loss damage?"""
    tail = model.tail()
    heads = model.candidates("head")
    if tail is not None:
        heads = heads[heads["removed_percent"] < tail["removed_percent"]]
    loss = model.loss(heads.iloc[-1]) if len(heads) else None
    if loss is None:
        return None
    damaged, free = beyond(loss.estimate, DAMAGED[loss.metric]), beyond(loss.estimate.scaled(-1), -FREE[loss.metric])
    verdict = HOLDS if damaged == HOLDS else FAILS if free == HOLDS else OPEN
    return Judgement(verdict, loss.words(), [loss.row], loss.estimate)


def _random_worse_than_tail(model: PrunedModel) -> Judgement | None:
    """As many random dimensions: do they cost more than the tail?"""
    tail = model.tail()
    row = model.nearest(tail["removed_percent"], "random", within=SAME_SHARE) if tail is not None else None
    if tail is None or row is None:
        return None
    return _excess(model, row, tail)


def _late_pruning_best(model: PrunedModel) -> Judgement | None:
    """One tail variant in equally many steps at the end and at the start; beside them at the first step and at every one."""
    tail = model.tail()
    if tail is None:
        return None
    last, early, first, every = (
        model.nearest(tail["removed_percent"], "tail", window, within=SAME_SHARE)
        for window in ("last", "early", "first", "every")
    )
    if last is None or early is None:
        return None
    gap = model.change(early, "fid", last)
    if gap is ABSENT:
        return None
    rows = [row for row in (last, early, first, every) if row is not None]
    each = "; ".join(f"{variant_title(row)} {_signed_fid(model.change(row, 'fid'))}" for row in rows)
    return Judgement(beyond(gap, 0.0), f"changes of FID: {each}; early less late {_signed_fid(gap)}", rows, gap)


def _pruning_improves_quality(model: PrunedModel) -> Judgement | None:
    """The tail at the last steps against nothing removed, and against as many random dimensions."""
    row = model.nearest(PAPER_SHARE, "tail", "last")
    change = model.change(row, "fid") if row is not None else ABSENT
    if row is None or change is ABSENT:
        return None
    text, falls = f"{variant_title(row)} changes FID by {_signed_fid(change)}", beyond(change.scaled(-1), 0.0)
    rival = model.nearest(row["removed_percent"], "random", "last", within=SAME_SHARE)
    further = model.change(row, "fid", rival) if rival is not None else ABSENT
    if rival is None or further is ABSENT:
        verdict = FAILS if falls == FAILS else OPEN
        return Judgement(verdict, f"{text}; as many random dimensions, its control, were not scored", [row], change)
    verdicts = (falls, beyond(further.scaled(-1), 0.0))
    verdict = FAILS if FAILS in verdicts else OPEN if OPEN in verdicts else HOLDS
    text += f", {variant_title(rival)} by {_signed_fid(model.change(rival, 'fid'))}, tail less random {_signed_fid(further)}"
    return Judgement(verdict, text, [row, rival], further)


def _magnitude_ranks(model: PrunedModel) -> Judgement | None:
    """The head by |c| against as many dimensions by |SiLU(c)|, with the sign split of the former."""
    heads = model.candidates("head")
    if heads.empty:
        return None
    head = heads.iloc[-1]
    rival = model.nearest(head["removed_percent"], "head", ranked_by="silu", within=SAME_SHARE)
    if rival is None:
        return None
    judgement = _excess(model, head, rival)
    if judgement is None:
        return None
    positive, negative = head["head_positive"], head["head_negative"]
    split = (
        f"; of the head by |c| {100 * negative / (positive + negative):.0f} % are negative" if positive + negative > 0 else ""
    )
    return replace(judgement, sentence=judgement.sentence + split)


def _excess(model: PrunedModel, row: pd.Series, other: pd.Series) -> Judgement | None:
    """Does one variant cost more than another? By the paired difference of the two."""
    first, second, excess = model.loss(row), model.loss(other), model.loss(row, other)
    if first is None or second is None or excess is None:
        return None
    text = f"{first.words()}; {second.words()}; {excess.excess_words()}"
    return Judgement(beyond(excess.estimate, 0.0), text, [row, other], excess.estimate)


def _signed_fid(change: Estimate) -> str:
    return with_interval("fid", change.value, change.low, change.high, signed=True)


def _each_pruned(judge: Callable[[PrunedModel], Judgement | None]) -> Callable[[PaperEvidence], list[Finding]]:
    """One finding for each model that claims are judged on."""

    def finding(evidence: PaperEvidence, model: str) -> Finding:
        title = evidence.facts.title(model)
        judged = judge(PrunedModel(model, evidence))
        if judged is None:
            return Finding(model, title, NOT_RUN, f"{title}: the variants that this needs were not scored.")
        trainings = evidence.facts.trainings(model) if judged.number.trainings > 1 else [model]
        files = tuple(f"scores/{name}/{row['variant']}.parquet" for name in trainings for row in judged.rows)
        return Finding(model, title, judged.verdict, f"{title}, {scope(judged.number)}: {judged.sentence}.", files)

    return each_model(finding)


TAIL_PRUNABLE = Rule(
    "tail_prunable",
    "The tail can be pruned: zeroing the smaller entries of c at every step costs nothing.",
    f"{RULE}; the tail variant nearest to the paper's {PAPER_SHARE} % at every step; holds where the interval stays “none”",
    _each_pruned(_tail_prunable),
)
HEAD_NOT_PRUNABLE = Rule(
    "head_not_prunable",
    "The head cannot be pruned: zeroing far fewer, large entries of c does damage.",
    f"{RULE}; the largest head variant that removes less than the tail variant; holds where the interval is all “damage”, "
    "does not hold where it is all “none”",
    _each_pruned(_head_not_prunable),
)
LATE_PRUNING_BEST = Rule(
    "late_pruning_best",
    "Pruning the tail late is best: at the last steps rather than at as many early ones.",
    "holds where the paired FID difference of the window “early” to “last”, which are equally long, lies above zero, does not "
    "hold where it lies below; the first step alone and every step stand beside, since length and position differ there",
    _each_pruned(_late_pruning_best),
)
PRUNING_IMPROVES_QUALITY = Rule(
    "pruning_improves_quality",
    "Pruning improves quality: FID falls when the tail is zeroed at the last steps (REPA: 7.1694 to 7.1598).",
    "holds where the intervals of the paired FID differences to the baseline and to as many random dimensions at the same "
    "steps both lie below zero, does not hold where one lies above; without that control inconclusive at best, since light "
    "removal of any kind can lower FID",
    _each_pruned(_pruning_improves_quality),
)
RANDOM_WORSE_THAN_TAIL = Rule(
    "random_worse_than_tail",
    "It matters which dimensions go: as many random ones cost more than the tail.",
    f"{RULE}; holds where random removal costs more than the tail variant of equal count, by the interval of their paired "
    "difference; does not hold where it costs less",
    _each_pruned(_random_worse_than_tail),
    paper=False,
)
MAGNITUDE_RANKS = Rule(
    "magnitude_ranks",
    "|c| says which dimensions matter, although AdaLN consumes SiLU(c), in which large negative entries are almost inert.",
    f"{RULE}; holds where zeroing the head by |c| costs more than as many dimensions by |SiLU(c)|, by the interval of their "
    "paired difference; does not hold where it costs less",
    _each_pruned(_magnitude_ranks),
    paper=False,
)
