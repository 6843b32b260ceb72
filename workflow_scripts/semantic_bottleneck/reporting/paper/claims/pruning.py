"""Claims about pruning: the tail can go, the head cannot, late is best, quality improves.

A loss is measured in class agreement where it was scored (points lost), else in FID (percent gained); both are paired
differences to the baseline with their interval. FREE and DAMAGED say what counts as nothing and as much.
"""

from collections.abc import Callable

import pandas as pd

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN, Finding, Rule, apart, beyond
from semantic_bottleneck.reporting.core.vocabulary import with_interval
from semantic_bottleneck.reporting.core.wording import variant_title
from semantic_bottleneck.reporting.paper.claims.pruned_model import DAMAGED, FREE, PrunedModel
from semantic_bottleneck.reporting.paper.claims.subjects import each_model
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.shares import PAPER_SHARE, SAME_SHARE
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate

RULE = (
    f"loss in class agreement (points), or in FID (percent of the baseline's) where no agreement was scored; "
    f"up to {FREE['class_agreement']:g} points or {FREE['fid']:g} % count as none, "
    f"from {DAMAGED['class_agreement']:g} points or {DAMAGED['fid']:g} % on as damage"
)

Judgement = tuple[str, str, list[pd.Series]] | None
"""Verdict, sentence and the variants used; None where a needed variant is absent."""


def _tail_prunable(model: PrunedModel) -> Judgement:
    """The tail variant nearest to the paper's share: is its loss nothing?"""
    row = model.tail()
    loss = model.loss(row) if row is not None else None
    if row is None or loss is None:
        return None
    fid = model.change(row, "fid")
    also = f"; FID changes by {_signed_fid(fid)}" if fid is not ABSENT and loss.metric != "fid" else ""
    return beyond(loss.estimate.scaled(-1), -FREE[loss.metric]), loss.words() + also, [row]


def _head_not_prunable(model: PrunedModel) -> Judgement:
    """The largest head variant that removes less than the tail: is its loss damage?"""
    tail = model.tail()
    heads = model.candidates("head")
    if tail is not None:
        heads = heads[heads["removed_percent"] < tail["removed_percent"]]
    loss = model.loss(heads.iloc[-1]) if len(heads) else None
    if loss is None:
        return None
    low, high = loss.estimate.ends()
    verdict = HOLDS if low > DAMAGED[loss.metric] else FAILS if high < FREE[loss.metric] else OPEN
    return verdict, loss.words(), [loss.row]


def _random_worse_than_tail(model: PrunedModel) -> Judgement:
    """As many random dimensions: do they cost more than the tail?"""
    tail = model.tail()
    row = model.nearest(tail["removed_percent"], "random", within=SAME_SHARE) if tail is not None else None
    if tail is None or row is None:
        return None
    first, second = model.loss(row), model.loss(tail)
    if first is None or second is None:
        return None
    return apart(first.estimate, second.estimate), f"{first.words()}; {second.words()}", [row, tail]


def _late_pruning_best(model: PrunedModel) -> Judgement:
    """One tail variant at the last steps, at the first and at every one: FID differences apart or not."""
    tail = model.tail()
    if tail is None:
        return None
    windows = ("last", "first", "every")
    nearest = [model.nearest(tail["removed_percent"], "tail", window, within=SAME_SHARE) for window in windows]
    rows = [row for row in nearest if row is not None]
    if len(rows) < len(windows):
        return None
    changes = [model.change(row, "fid") for row in rows]
    if ABSENT in changes:
        return None
    verdicts = {apart(change, changes[0]) for change in changes[1:]}
    verdict = FAILS if FAILS in verdicts else OPEN if OPEN in verdicts else HOLDS
    each = "; ".join(f"{variant_title(row)}: {_signed_fid(change)}" for row, change in zip(rows, changes, strict=True))
    return verdict, f"changes of FID by {each}", rows


def _pruning_improves_quality(model: PrunedModel) -> Judgement:
    """The paired FID difference of the tail variant at the last steps, against zero."""
    row = model.nearest(PAPER_SHARE, "tail", "last")
    change = model.change(row, "fid") if row is not None else ABSENT
    if row is None or change is ABSENT:
        return None
    return beyond(change.scaled(-1), 0.0), f"{variant_title(row)} changes FID by {_signed_fid(change)}", [row]


def _magnitude_ranks(model: PrunedModel) -> Judgement:
    """The head by |c| against as many dimensions by |SiLU(c)|, with the sign split of the former."""
    heads = model.candidates("head")
    if heads.empty:
        return None
    head = heads.iloc[-1]
    rival = model.nearest(head["removed_percent"], "head", ranked_by="silu", within=SAME_SHARE)
    if rival is None:
        return None
    first, second = model.loss(head), model.loss(rival)
    if first is None or second is None:
        return None
    positive, negative = head["head_positive"], head["head_negative"]
    split = (
        f"; of the head by |c| {100 * negative / (positive + negative):.0f} % are negative" if positive + negative > 0 else ""
    )
    return apart(first.estimate, second.estimate), f"{first.words()}; {second.words()}{split}", [head, rival]


def _signed_fid(change: Estimate) -> str:
    return with_interval("fid", change.value, change.low, change.high, signed=True)


def _each_pruned(judge: Callable[[PrunedModel], Judgement]) -> Callable[[PaperEvidence], list[Finding]]:
    """One finding for each model that claims are judged on."""

    def finding(evidence: PaperEvidence, model: str) -> Finding:
        title = evidence.facts.title(model)
        judgement = judge(PrunedModel(model, evidence))
        if judgement is None:
            return Finding(model, title, NOT_RUN, f"{title}: the variants that this needs were not scored.")
        verdict, sentence, rows = judgement
        files = tuple(f"scores/{model}/{row['variant']}.parquet" for row in rows)
        return Finding(model, title, verdict, f"{title}: {sentence}.", files)

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
    "Pruning the tail late is best: at the last steps rather than at the first one or at all of them.",
    "holds where the interval of the FID difference of the window “last” lies wholly below those of “first” and “every”, "
    "does not hold where it lies wholly above one of them",
    _each_pruned(_late_pruning_best),
)
PRUNING_IMPROVES_QUALITY = Rule(
    "pruning_improves_quality",
    "Pruning improves quality: FID falls when the tail is zeroed at the last steps (REPA: 7.1694 to 7.1598).",
    "holds where the interval of the paired FID difference lies below zero, does not hold where it lies above",
    _each_pruned(_pruning_improves_quality),
)
RANDOM_WORSE_THAN_TAIL = Rule(
    "random_worse_than_tail",
    "It matters which dimensions go: as many random ones cost more than the tail.",
    f"{RULE}; holds where the interval of random removal lies wholly above that of the tail variant of equal count",
    _each_pruned(_random_worse_than_tail),
    paper=False,
)
MAGNITUDE_RANKS = Rule(
    "magnitude_ranks",
    "|c| says which dimensions matter, although AdaLN consumes SiLU(c), in which large negative entries are almost inert.",
    f"{RULE}; holds where zeroing the head by |c| costs more than as many dimensions by |SiLU(c)| (intervals apart), "
    "does not hold where it costs less",
    _each_pruned(_magnitude_ranks),
    paper=False,
)
