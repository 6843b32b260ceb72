"""What a judged claim is, and the rules that every judgement shares."""

from collections.abc import Sequence
from dataclasses import dataclass

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


def beyond(estimate: Estimate, bound: float) -> str:
    """HOLDS if the interval lies above `bound`, FAILS if below, OPEN if it contains it (no interval: by the value)."""
    low, high = estimate.ends()
    return HOLDS if low > bound else FAILS if high <= bound else OPEN


def apart(larger: Estimate, smaller: Estimate) -> str:
    """HOLDS if `larger`'s interval lies wholly above `smaller`'s, FAILS if wholly below, OPEN if they overlap.

    Intervals that share their noise are positively correlated, so this errs on the side of OPEN.
    """
    (low, high), (other_low, other_high) = larger.ends(), smaller.ends()
    return HOLDS if low > other_high else FAILS if high < other_low else OPEN


def conclude(name: str, statement: str, rule: str, findings: Sequence[Finding], *, paper: bool = True) -> Claim:
    """Combine models: one verdict where all that were run agree, inconclusive where they do not."""
    ran = [finding for finding in findings if finding.verdict != NOT_RUN]
    if not ran:
        reason = findings[0].sentence if findings else "No model was run."
        return Claim(name, statement, rule, NOT_RUN, reason, tuple(findings), paper)
    verdicts = {finding.verdict for finding in ran}
    verdict = verdicts.pop() if len(verdicts) == 1 else OPEN
    counts = {kind: [finding.title for finding in ran if finding.verdict == kind] for kind in (HOLDS, FAILS, OPEN)}
    if len(ran) == 1:
        sentence = ran[0].sentence
    else:
        parts = [
            f"{kind} in {len(titles)} of {len(ran)} models ({', '.join(titles)})" for kind, titles in counts.items() if titles
        ]
        text = (
            "; ".join(parts)
            if len(parts) > 1
            else f"{verdict} in {'any' if verdict == FAILS else 'all'} of the {len(ran)} models"
        )
        sentence = f"{text[0].upper()}{text[1:]}. {ran[0].sentence}"
    return Claim(name, statement, rule, verdict, sentence, tuple(findings), paper)
