"""What causes the fall of nPR? Judged by taking each suspect away; the study's note says what was seen before the rules."""

from collections.abc import Iterable, Sequence
from functools import partial

import pandas as pd

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN, OPPOSITE, Claim, Finding, Rule, beyond
from semantic_bottleneck.reporting.core.measures import mean_over
from semantic_bottleneck.reporting.core.vocabulary import with_interval
from semantic_bottleneck.reporting.dynamics.evidence import COSINE, DEAD, NPR, DynamicsEvidence, Variant
from semantic_bottleneck.uncertainty.estimates import Estimate

SHARE = 0.5
"""A suspect is needed if less than this share of the base's fall is left without it."""
LEARNED = 1.5
"""A variant whose loss exceeds the base's by more than this factor has not learned enough to be a witness."""

CAUSES = {
    "t": ("the timestep embedder", "its weights stay as they were initialised"),
    "y": ("the label embeddings", "the table stays as it was initialised"),
    "rescaling": ("Adam's rescaling of each weight's gradient", "SGD with momentum instead"),
    "dead-side": ("SiLU's dead side", "another function without one between c and AdaLN's linear maps"),
    "nonlinearity": ("a nonlinear function between c and AdaLN's linear maps", "the maps see c itself"),
}
"""What a variant `removes` -> the suspect, and how it is taken away."""
FACTORS = ("learning rate", "weight decay", "width", "scale of t")


def judge_dynamics(evidence: DynamicsEvidence) -> list[Claim]:
    """All claims that the study's variants bear on; where nothing ran, those that need the base alone, not run."""
    return [rule.claim(evidence) for rule in _rules(evidence)]


def _rules(evidence: DynamicsEvidence) -> list[Rule]:
    if evidence.missing:
        return [NPR_FALLS, T_FALLS_MOST]
    rules = [NPR_FALLS, SIMILARITY_RISES, T_FALLS_MOST]
    rules += [_needed(cause) for cause in CAUSES if any(variant.removes == cause for variant in evidence.variants)]
    rules.append(NEEDS_DECAY)
    if evidence.of_factor("timesteps"):
        rules.append(_stays("timesteps", ("timesteps",), "training sees only a few timesteps"))
    factors = tuple(factor for factor in FACTORS if evidence.of_factor(factor))
    if factors:
        rules.append(_stays("settings", factors, f"{', '.join(factors)} change"))
    return rules


def _falls(evidence: DynamicsEvidence) -> Iterable[Finding]:
    if evidence.missing:
        return [_not_run(evidence)]
    base = evidence.base
    change = mean_over(evidence.change(base.name, "c"))
    curve = evidence.curve(base.name, "c", NPR).mean(axis=1)
    text = (
        f"{base.title}: nPR of c {_points(change)} from initialisation ({curve.iloc[0]:.1f} %) to step {curve.index[-1]:,} "
        f"({curve.iloc[-1]:.1f} %), after a spike to {curve.max():.1f} % at step {curve.idxmax():,}; SiLU(c) "
        f"{_points(mean_over(evidence.change(base.name, 'silu_c')))}."
    )
    return [_finding(evidence, base, beyond(change.scaled(-1), 0.0), text)]


def _similarity_rises(evidence: DynamicsEvidence) -> Iterable[Finding]:
    base = evidence.base
    curve = evidence.curve(base.name, "c", COSINE).mean(axis=1)
    change = mean_over(evidence.change(base.name, "c", COSINE))
    moved = with_interval("dynamics_cosine_c", change.value, change.low, change.high, signed=True)
    text = (
        f"{base.title}: cosine similarity of c {curve.iloc[0]:.3f} at initialisation, {curve.max():.3f} at step "
        f"{curve.idxmax():,}, {curve.iloc[-1]:.3f} at step {curve.index[-1]:,}; change {moved}."
    )
    return [_finding(evidence, base, beyond(change, 0.0), text)]


def _t_falls_most(evidence: DynamicsEvidence) -> Iterable[Finding]:
    if evidence.missing:
        return [_not_run(evidence)]
    base = evidence.base
    t, y = evidence.change(base.name, "t"), evidence.change(base.name, "y")
    gap = mean_over(y - t)
    text = f"{base.title}: nPR of t {_points(mean_over(t))}, of y {_points(mean_over(y))}; t falls further by {_points(gap)}."
    return [_finding(evidence, base, beyond(gap, 0.0), text)]


def _needs(cause: str, evidence: DynamicsEvidence) -> Iterable[Finding]:
    """Does the fall need this suspect?"""
    for variant in evidence.variants:
        if variant.removes == cause:
            verdict, text = _remains(evidence, variant)
            if cause == "dead-side":
                dead = evidence.last.over(variant=evidence.base.name, kind="c", metric=DEAD)
                text += f" In the base {dead.value:.2f} % of the entries of c end below −4."
            yield _finding(evidence, variant, OPPOSITE[verdict], text)


def _needs_decay(evidence: DynamicsEvidence) -> Iterable[Finding]:
    base = evidence.base
    more = [variant for variant in evidence.variants if variant.weight_decay > base.weight_decay]
    fall = mean_over(-evidence.change(base.name, "c"))
    falls = base.weight_decay == 0 and beyond(fall, 0.0) == HOLDS
    parts = [f"weight decay {base.weight_decay:g}: nPR of c {_points(mean_over(evidence.change(base.name, 'c')))}"]
    parts += [f"{variant.weight_decay:g}: {_points(mean_over(evidence.change(variant.name, 'c')))}" for variant in more]
    files = tuple(path for variant in [base, *more] for path in _files(evidence, variant))
    return [Finding(base.name, base.title, FAILS if falls else OPEN, f"{'; '.join(parts)}.", files)]


def _stays_under(factors: Sequence[str], evidence: DynamicsEvidence) -> Iterable[Finding]:
    """Is more than half of the fall left in each of these variants?"""
    for variant in (variant for factor in factors for variant in evidence.of_factor(factor)):
        verdict, text = _remains(evidence, variant)
        yield _finding(evidence, variant, verdict, text)


def _remains(evidence: DynamicsEvidence, variant: Variant) -> tuple[str, str]:
    """HOLDS if more than SHARE of the base's fall is left in a variant, FAILS if less, and a sentence with the numbers."""
    base = evidence.base
    fall, whole = -evidence.change(variant.name, "c"), -evidence.change(base.name, "c")
    margin = mean_over(fall - SHARE * whole)
    loss, reference = evidence.loss(variant.name).mean(), evidence.loss(base.name).mean()
    text = (
        f"{variant.title}: nPR of c {_points(mean_over(-fall))} (base {_points(mean_over(-whole))}), SiLU(c) "
        f"{_points(mean_over(evidence.change(variant.name, 'silu_c')))}; training loss {loss:.3f} (base {reference:.3f})."
    )
    if margin.n < 2:
        return OPEN, f"{text} One seed decides nothing."
    if beyond(mean_over(whole), 0.0) != HOLDS:
        return OPEN, f"{text} The base itself does not fall beyond the spread of its seeds."
    if loss > LEARNED * reference:
        return OPEN, f"{text} It has not learned enough to be a witness."
    return beyond(margin, 0.0), text


def _points(change: Estimate) -> str:
    return with_interval("dynamics_npr_c", change.value, change.low, change.high, signed=True)


def _finding(evidence: DynamicsEvidence, variant: Variant, verdict: str, text: str) -> Finding:
    return Finding(variant.name, variant.title, verdict, text, _files(evidence, variant))


def _not_run(evidence: DynamicsEvidence) -> Finding:
    return Finding("", "", NOT_RUN, f"Not run: {evidence.missing}.")


def _files(evidence: DynamicsEvidence, variant: Variant) -> tuple[str, ...]:
    seeds: pd.Index = evidence.curve(variant.name, "c", NPR).columns
    return tuple(f"dynamics/runs/{variant.name}.s{seed}/geometry.parquet" for seed in seeds)


NPR_FALLS = Rule(
    "npr_falls",
    "nPR of c falls in training.",
    "holds where the interval over seeds of nPR of c at the last step minus that at initialisation (mean over timesteps) lies "
    "below zero; does not hold where it lies above",
    _falls,
)
SIMILARITY_RISES = Rule(
    "similarity_rises",
    "Conditional vectors of different classes become more alike.",
    "holds where the interval over seeds of the cosine similarity of c at the last step minus that at "
    "initialisation lies above zero; does not hold where it lies below; whether it rises steadily is the main report's "
    "claim",
    _similarity_rises,
)
T_FALLS_MOST = Rule(
    "t_falls_most",
    "It is t that falls: nPR of the timestep embedding falls further than that of the label embeddings.",
    "holds where the interval over seeds of (fall of t − fall of y) lies above zero; does not hold where it lies below",
    _t_falls_most,
    paper=False,
)
NEEDS_DECAY = Rule(
    "needs_decay",
    "The fall needs AdamW's weight decay.",
    "does not hold where nPR of c falls (interval over seeds) in a base without any weight decay; inconclusive otherwise",
    _needs_decay,
    paper=False,
)


def _needed(cause: str) -> Rule:
    suspect, how = CAUSES[cause]
    rule = (
        f"the suspect is taken away ({how}); holds where less than {SHARE:.0%} of the base's fall is left "
        f"(interval over paired seeds of fall − {SHARE} × base's fall below zero), does not hold where more is left; "
        f"inconclusive "
        f"where the base does not fall or the variant's training loss exceeds {LEARNED} times the base's"
    )
    judge = partial(_needs, cause)
    return Rule(f"needs_{cause.replace('-', '_')}", f"The fall needs {suspect}.", rule, judge, paper=False)


def _stays(name: str, factors: Sequence[str], when: str) -> Rule:
    rule = (
        f"holds where more than {SHARE:.0%} of the base's fall is left in a variant (interval over paired seeds of fall − "
        f"{SHARE} × base's fall above zero), does not hold where less is left; inconclusive where the base does "
        f"not fall or the variant's training loss exceeds {LEARNED} times the base's"
    )
    return Rule(f"stays_{name}", f"The fall stays when {when}.", rule, partial(_stays_under, factors), paper=False)
