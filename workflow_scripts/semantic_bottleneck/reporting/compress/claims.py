"""What is claimed of compressed models; the rules were written before any sample of these runs was drawn."""

from collections.abc import Iterable

from semantic_bottleneck.reporting.compress.evidence import FULL, CompressEvidence
from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, OPEN, Claim, Finding, Rule, apart
from semantic_bottleneck.reporting.core.vocabulary import number, with_interval
from semantic_bottleneck.study.compressed import ADDITIVE, PRECOMPUTED
from semantic_bottleneck.uncertainty.estimates import Estimate

ROUNDING = 1e-5
"""Largest difference of a latent, whose pixels lie in about [-1, 1], that is called rounding."""
VISIBLE = 0.01
"""Share of pictures with a visible change beyond which a form is called visible."""


def judge_compress(evidence: CompressEvidence) -> list[Claim]:
    """All claims, judged."""
    return [rule.claim(evidence) for rule in (EXACT, KEEPS_CLASS, OTHERS_FAIL, ADDITIVE_VISIBLE)]


def _exact(evidence: CompressEvidence) -> Iterable[Finding]:
    for model in evidence.models:
        largest = evidence.differences.select(model=model, variant=PRECOMPUTED, quantity="largest_difference").value
        changed = _changed(evidence, model, PRECOMPUTED)
        verdict = HOLDS if largest <= ROUNDING and changed.value == 0 else FAILS
        text = f"largest difference of a latent {largest:.1e} over {changed.n:,.0f} samples, classes changed {_share(changed)}."
        yield _finding(evidence, model, verdict, text)


def _keeps_class(evidence: CompressEvidence) -> Iterable[Finding]:
    for model in evidence.models:
        form = evidence.quarter(model)
        if form is None:
            yield _finding(evidence, model, OPEN, "no sampled rank is as small as a quarter of c's dimensions.")
            continue
        full, own = (_agreement(evidence, model, variant) for variant in (FULL, form.name))
        low, high = full.ends()
        text = (
            f"rank {form.rank} of {evidence.study['widths'][model]}: agreement {_share(own)}, the full model's {_share(full)}; "
            f"classes changed {_share(_changed(evidence, model, form.name))}."
        )
        yield _finding(evidence, model, HOLDS if low <= own.value <= high else FAILS, text)


def _others_fail(evidence: CompressEvidence) -> Iterable[Finding]:
    for model in evidence.models:
        compared: dict[int | None, dict[str, Estimate]] = {
            form.rank: {} for form in evidence.forms if form.method in ("columns", "random")
        }
        for form in evidence.forms:
            if form.rank in compared:
                compared[form.rank][form.method] = _changed(evidence, model, form.name)
        for rank, shares in compared.items():
            best = shares.get("optimal")
            if best is None:
                yield _finding(evidence, model, OPEN, f"rank {rank} of the optimal factors was not sampled.")
                continue
            verdicts = {apart(shares[method], best) for method in ("columns", "random")}
            verdict = verdicts.pop() if len(verdicts) == 1 else OPEN
            told = ", ".join(f"{method} {_share(share)}" for method, share in shares.items())
            yield _finding(evidence, model, verdict, f"classes changed at rank {rank}: {told}.")


def _additive(evidence: CompressEvidence) -> Iterable[Finding]:
    for model in evidence.models:
        share = evidence.differences.select(model=model, variant=ADDITIVE, quantity="pictures_changed")
        low, high = share.ends()
        verdict = HOLDS if low > VISIBLE else FAILS if high <= VISIBLE else OPEN
        text = f"pictures changed {_share(share)}; classes changed {_share(_changed(evidence, model, ADDITIVE))}."
        yield _finding(evidence, model, verdict, text)


def _changed(evidence: CompressEvidence, model: str, variant: str) -> Estimate:
    return evidence.differences.select(model=model, variant=variant, quantity="classes_changed")


def _agreement(evidence: CompressEvidence, model: str, variant: str) -> Estimate:
    return evidence.scores.select(model=model, variant=variant, metric="class_agreement", quantity="value")


def _share(share: Estimate) -> str:
    if share.low != share.low:
        return number("class_agreement", share.value)
    return with_interval("class_agreement", share.value, share.low, share.high)


def _finding(evidence: CompressEvidence, model: str, verdict: str, text: str) -> Finding:
    title = evidence.models[model]
    return Finding(model, title, verdict, f"{title}: {text}", (f"compress/{model}/differences.parquet",))


EXACT = Rule(
    "compress_exact",
    "Modulations computed beforehand change rounding alone.",
    f"holds where no latent differs by more than {ROUNDING:g} from the full model's and no sample has another class",
    _exact,
    paper=False,
)
KEEPS_CLASS = Rule(
    "compress_keeps_class",
    "AdaLN through a quarter of c's dimensions keeps the class of the samples.",
    "at the largest sampled rank up to a quarter of c's dimensions, output-optimal factors: holds where their class agreement "
    "lies in the 95 % interval of the full model's, does not hold otherwise",
    _keeps_class,
    paper=False,
)
OTHERS_FAIL = Rule(
    "compress_others_fail",
    "Columns and random directions of the same number lose classes that the optimal factors keep.",
    "holds where the intervals of the share of changed classes of both lie above that of the optimal factors of this rank, "
    "does not hold where both lie below; inconclusive otherwise",
    _others_fail,
    paper=False,
)
ADDITIVE_VISIBLE = Rule(
    "compress_additive",
    "A table of t plus a table of y changes the pictures visibly.",
    f"holds where the interval of the share of pictures with a pixel more than 16 of 255 off lies above {VISIBLE:.0%}, does "
    "not hold where it lies below",
    _additive,
    paper=False,
)
