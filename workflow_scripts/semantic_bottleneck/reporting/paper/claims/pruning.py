"""Claims about pruning: the tail can go, the head cannot, late is best, quality improves.

A loss is measured in class agreement where it was scored (points lost), else in FID (percent gained); both are paired
differences to the baseline with their interval. FREE and DAMAGED say what counts as nothing and as much.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN, Claim, Finding, apart, beyond, conclude
from semantic_bottleneck.reporting.core.facts import BASELINE, ReportFacts
from semantic_bottleneck.reporting.core.vocabulary import with_interval
from semantic_bottleneck.reporting.core.wording import variant_title
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate, find_score

FREE = {"class_agreement": 2.0, "fid": 5.0}
"""Largest loss that counts as none: points of class agreement, percent of the baseline's FID."""
DAMAGED = {"class_agreement": 10.0, "fid": 50.0}
"""Smallest loss that counts as damage."""
PAPER_SHARE = 38.94
"""Percent of dimensions that the paper's smaller threshold removes; our variant with the nearest share is judged."""
SAME_SHARE = 1.0
"""Percentage points within which two variants remove equally many dimensions."""
RULE = (
    f"loss in class agreement (points), or in FID (percent of the baseline's) where no agreement was scored; "
    f"up to {FREE['class_agreement']:g} points or {FREE['fid']:g} % count as none, "
    f"from {DAMAGED['class_agreement']:g} points or {DAMAGED['fid']:g} % on as damage"
)


@dataclass(frozen=True)
class Loss:
    """How much worse a variant is than its baseline (positive: worse), in the unit of FREE."""

    metric: str
    row: pd.Series
    estimate: Estimate
    difference: Estimate

    def words(self) -> str:
        """The loss with its interval, as a clause."""
        label = "points of class agreement" if self.metric == "class_agreement" else "% of the baseline's FID"
        low, high = self.estimate.ends()
        verb = "costs" if self.estimate.value >= 0 else "gains"
        sign = 1 if self.estimate.value >= 0 else -1
        ends = sorted((sign * low, sign * high))
        shown = f" [{ends[0]:.2f} to {ends[1]:.2f}]".replace("-", "−") if low != high else ""
        return f"{variant_title(self.row)} {verb} {abs(self.estimate.value):.2f}{shown} {label}"


@dataclass(frozen=True)
class Evidence:
    """The scores and variants of one model."""

    model: str
    scores: pd.DataFrame
    variants: pd.DataFrame

    def candidates(self, side: str, window: str = "every", magnitude: str = "c") -> pd.DataFrame:
        """Scored variants of that kind that set dimensions to zero, by removed share."""
        known = self.variants
        chosen = known[
            (known["model"] == self.model)
            & (known["side"] == side)
            & (known["window"] == window)
            & (known["magnitude"] == magnitude)
            & (known["replacement"] == "zero")
        ]
        scored = set(self.scores.loc[self.scores["model"] == self.model, "variant"])
        return chosen[chosen["variant"].isin(scored)].sort_values("removed_percent", kind="stable")

    def nearest(
        self, share: float, side: str, window: str = "every", magnitude: str = "c", within: float = math.inf
    ) -> pd.Series | None:
        """The candidate whose removed share is nearest to `share`, None beyond `within` points."""
        found = self.candidates(side, window, magnitude)
        if found.empty:
            return None
        distance = (found["removed_percent"] - share).abs()
        return found.loc[distance.idxmin()] if distance.min() <= within else None

    def tail(self) -> pd.Series | None:
        """The tail variant at every step whose share is nearest to the paper's."""
        return self.nearest(PAPER_SHARE, "tail")

    def loss(self, row: pd.Series) -> Loss | None:
        """None where the paired difference was not scored."""
        for metric in FREE:
            difference = find_score(self.scores, self.model, row["variant"], metric, "difference")
            if difference is ABSENT:
                continue
            if metric == "class_agreement":
                return Loss(metric, row, difference.scaled(-100.0), difference)
            baseline = find_score(self.scores, self.model, BASELINE, metric).value
            return Loss(metric, row, difference.scaled(100.0 / baseline), difference)
        return None


Judgement = tuple[str, str, list[pd.Series]] | None
"""Verdict, sentence and the variants used; None where a needed variant is absent."""


def tail_prunable(scores: pd.DataFrame, variants: pd.DataFrame, study: ReportFacts) -> Claim:
    """The tail variant nearest to the paper's share: is its loss nothing?"""

    def judge(evidence: Evidence) -> Judgement:
        row = evidence.tail()
        loss = evidence.loss(row) if row is not None else None
        if row is None or loss is None:
            return None
        fid = find_score(evidence.scores, evidence.model, row["variant"], "fid", "difference")
        also = ""
        if fid is not ABSENT and loss.metric != "fid":
            also = f"; FID changes by {with_interval('fid', fid.value, fid.low, fid.high, signed=True)}"
        return beyond(loss.estimate.scaled(-1), -FREE[loss.metric]), loss.words() + also, [row]

    return _claim(
        "tail_prunable",
        "The tail can be pruned: zeroing the smaller entries of c at every step costs nothing.",
        f"{RULE}; the tail variant nearest to the paper's {PAPER_SHARE} % at every step; holds where the interval stays “none”",
        judge, scores, variants, study,
    )  # fmt: skip


def head_not_prunable(scores: pd.DataFrame, variants: pd.DataFrame, study: ReportFacts) -> Claim:
    """The largest head variant that removes less than the tail: is its loss damage?"""

    def judge(evidence: Evidence) -> Judgement:
        tail = evidence.tail()
        heads = evidence.candidates("head")
        if tail is not None:
            heads = heads[heads["removed_percent"] < tail["removed_percent"]]
        loss = evidence.loss(heads.iloc[-1]) if len(heads) else None
        if loss is None:
            return None
        low, high = loss.estimate.ends()
        verdict = HOLDS if low > DAMAGED[loss.metric] else FAILS if high < FREE[loss.metric] else OPEN
        return verdict, loss.words(), [loss.row]

    return _claim(
        "head_not_prunable",
        "The head cannot be pruned: zeroing far fewer, large entries of c does damage.",
        f"{RULE}; the largest head variant that removes less than the tail variant; holds where the interval is all “damage”, "
        "does not hold where it is all “none”",
        judge, scores, variants, study,
    )  # fmt: skip


def random_worse_than_tail(scores: pd.DataFrame, variants: pd.DataFrame, study: ReportFacts) -> Claim:
    """As many random dimensions: do they cost more than the tail?"""

    def judge(evidence: Evidence) -> Judgement:
        tail = evidence.tail()
        row = evidence.nearest(tail["removed_percent"], "random", within=SAME_SHARE) if tail is not None else None
        if tail is None or row is None:
            return None
        first, second = evidence.loss(row), evidence.loss(tail)
        if first is None or second is None:
            return None
        return apart(first.estimate, second.estimate), f"{first.words()}; {second.words()}", [row, tail]

    return _claim(
        "random_worse_than_tail",
        "It matters which dimensions go: as many random ones cost more than the tail.",
        f"{RULE}; holds where the interval of random removal lies wholly above that of the tail variant of equal count",
        judge, scores, variants, study, paper=False,
    )  # fmt: skip


def late_pruning_best(scores: pd.DataFrame, variants: pd.DataFrame, study: ReportFacts) -> Claim:
    """One tail variant at the last steps, at the first and at every one: FID differences apart or not."""

    def judge(evidence: Evidence) -> Judgement:
        tail = evidence.tail()
        if tail is None:
            return None
        windows = ("last", "first", "every")
        found = [evidence.nearest(tail["removed_percent"], "tail", window, within=SAME_SHARE) for window in windows]
        rows = [row for row in found if row is not None]
        if len(rows) < len(windows):
            return None
        changes = [find_score(scores, evidence.model, row["variant"], "fid", "difference") for row in rows]
        if ABSENT in changes:
            return None
        verdicts = {apart(change, changes[0]) for change in changes[1:]}
        verdict = FAILS if FAILS in verdicts else OPEN if OPEN in verdicts else HOLDS
        said = "; ".join(
            f"{variant_title(row)}: {with_interval('fid', change.value, change.low, change.high, signed=True)}"
            for row, change in zip(rows, changes, strict=True)
        )
        return verdict, f"changes of FID by {said}", rows

    return _claim(
        "late_pruning_best",
        "Pruning the tail late is best: at the last steps rather than at the first one or at all of them.",
        "holds where the interval of the FID difference of the window “last” lies wholly below those of “first” and “every”, "
        "does not hold where it lies wholly above one of them",
        judge, scores, variants, study,
    )  # fmt: skip


def pruning_improves_quality(scores: pd.DataFrame, variants: pd.DataFrame, study: ReportFacts) -> Claim:
    """The paired FID difference of the tail variant at the last steps, against zero."""

    def judge(evidence: Evidence) -> Judgement:
        row = evidence.nearest(PAPER_SHARE, "tail", "last")
        change = find_score(scores, evidence.model, row["variant"], "fid", "difference") if row is not None else ABSENT
        if change is ABSENT:
            return None
        said = f"{variant_title(row)} changes FID by {with_interval('fid', change.value, change.low, change.high, signed=True)}"
        return beyond(change.scaled(-1), 0.0), said, [row]

    return _claim(
        "pruning_improves_quality",
        "Pruning improves quality: FID falls when the tail is zeroed at the last steps (REPA: 7.1694 to 7.1598).",
        "holds where the interval of the paired FID difference lies below zero, does not hold where it lies above",
        judge, scores, variants, study,
    )  # fmt: skip


def magnitude_ranks(scores: pd.DataFrame, variants: pd.DataFrame, study: ReportFacts) -> Claim:
    """The head by |c| against as many dimensions by |SiLU(c)|, with the sign split of the former."""

    def judge(evidence: Evidence) -> Judgement:
        heads = evidence.candidates("head")
        head = heads.iloc[-1] if len(heads) else None
        rival = (
            evidence.nearest(head["removed_percent"], "head", magnitude="silu", within=SAME_SHARE) if head is not None else None
        )
        if head is None or rival is None:
            return None
        first, second = evidence.loss(head), evidence.loss(rival)
        if first is None or second is None:
            return None
        positive, negative = head["head_positive"], head["head_negative"]
        split = (
            f"; of the head by |c| {100 * negative / (positive + negative):.0f} % are negative"
            if positive + negative > 0
            else ""
        )
        return apart(first.estimate, second.estimate), f"{first.words()}; {second.words()}{split}", [head, rival]

    return _claim(
        "magnitude_ranks",
        "|c| says which dimensions matter, although AdaLN consumes SiLU(c), in which large negative entries are almost inert.",
        f"{RULE}; holds where zeroing the head by |c| costs more than as many dimensions by |SiLU(c)| (intervals apart), "
        "does not hold where it costs less",
        judge, scores, variants, study, paper=False,
    )  # fmt: skip


def _claim(
    name: str,
    statement: str,
    rule: str,
    judge: Callable[[Evidence], Judgement],
    scores: pd.DataFrame,
    variants: pd.DataFrame,
    study: ReportFacts,
    *,
    paper: bool = True,
) -> Claim:
    findings = []
    for model in study.judged():
        title = study.title(model)
        judged = judge(Evidence(model, scores, variants))
        if judged is None:
            findings.append(Finding(model, title, NOT_RUN, f"{title}: the variants that this needs were not scored."))
            continue
        verdict, sentence, used = judged
        evidence = tuple(f"scores/{model}/{row['variant']}.parquet" for row in used)
        findings.append(Finding(model, title, verdict, f"{title}: {sentence}.", evidence))
    return conclude(name, statement, rule, findings, paper=paper)
