"""What a claim is, by which rule it is judged, and what every judgement shares."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from semantic_bottleneck.uncertainty.estimates import Estimate

HOLDS = "holds"
FAILS = "does not hold"
OPEN = "inconclusive"
NOT_RUN = "not run"


@dataclass(frozen=True)
class Finding:
    """The verdict on one model: a sentence with numbers and intervals, and the files below results/<study> it rests on."""

    model: str
    title: str
    verdict: str
    sentence: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Claim:
    """A claim in words, the rule it is judged by, and the outcome. `paper` says whether the paper makes it."""

    name: str
    statement: str
    rule: str
    verdict: str
    sentence: str
    findings: tuple[Finding, ...]
    paper: bool = True


@dataclass(frozen=True)
class Rule:
    """A claim before it is judged: its statement, the rule in words, and the rule as a function of a page's evidence.

    `subjects` is what the findings are about, in the plural.
    """

    name: str
    statement: str
    rule: str
    judge: Callable[[Any], Iterable[Finding]]
    paper: bool = True
    subjects: str = "models"

    def claim(self, evidence: Any) -> Claim:
        """The claim, judged."""
        findings = tuple(self.judge(evidence))
        verdict, sentence = conclude(findings, self.subjects)
        return Claim(self.name, self.statement, self.rule, verdict, sentence, findings, self.paper)


OPPOSITE = {HOLDS: FAILS, FAILS: HOLDS, OPEN: OPEN}
"""The verdict on the contrary."""


def beyond(estimate: Estimate, bound: float) -> str:
    """HOLDS if the interval lies above `bound`, FAILS if below, OPEN if it contains it; without one nothing is decided."""
    if math.isnan(estimate.low) or math.isnan(estimate.high):
        return OPEN
    return HOLDS if estimate.low > bound else FAILS if estimate.high <= bound else OPEN


def apart(larger: Estimate, smaller: Estimate) -> str:
    """HOLDS if `larger`'s interval lies wholly above `smaller`'s, FAILS if wholly below, OPEN if they overlap.

    Only for two numbers whose difference was not measured: this asks for far more than a 95 % interval of the difference does
    (|z| > 2.8 where they are independent), so it errs on the side of OPEN.
    """
    (low, high), (other_low, other_high) = larger.ends(), smaller.ends()
    return HOLDS if low > other_high else FAILS if high < other_low else OPEN


def conclude(findings: Sequence[Finding], subjects: str = "models") -> tuple[str, str]:
    """Verdict and sentence: one verdict where all models that were run agree, inconclusive where they do not."""
    ran = [finding for finding in findings if finding.verdict != NOT_RUN]
    if not ran:
        return NOT_RUN, findings[0].sentence if findings else "No model was run."
    verdicts = {finding.verdict for finding in ran}
    verdict = verdicts.pop() if len(verdicts) == 1 else OPEN
    if len(ran) == 1:
        return verdict, ran[0].sentence
    counts = {kind: [finding.title for finding in ran if finding.verdict == kind] for kind in (HOLDS, FAILS, OPEN)}
    parts = [
        f"{kind} in {len(titles)} of {len(ran)} {subjects} ({', '.join(titles)})" for kind, titles in counts.items() if titles
    ]
    if len(parts) == 1:
        parts = [f"{verdict} in {'any' if verdict == FAILS else 'all'} of the {len(ran)} {subjects}"]
    text = "; ".join(parts)
    return verdict, f"{text[0].upper()}{text[1:]}. {ran[0].sentence}"
