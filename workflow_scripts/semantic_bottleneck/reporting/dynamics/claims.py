"""What causes the fall of nPR? Judged by taking each suspect away; the study's note says what was seen before the rules."""

from collections.abc import Sequence

import pandas as pd

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN, Claim, Finding, beyond, conclude
from semantic_bottleneck.reporting.core.vocabulary import with_interval
from semantic_bottleneck.reporting.dynamics.results import COSINE, DEAD, NPR, Results, Variant, estimate
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


def judge_dynamics(results: Results | None, reason: str = "") -> list[Claim]:
    """All claims; `reason` says why there are no results."""
    if results is None:
        text = f"Not run: {reason}."
        findings = [Finding("", "", NOT_RUN, text)]
        return [
            conclude("npr_falls", FALLS, FALLS_RULE, findings),
            conclude("t_falls_most", T_MOST, T_MOST_RULE, findings, paper=False),
        ]
    claims = [_falls(results), _similarity(results), _t_most(results)]
    claims += [_needed(results, cause) for cause in CAUSES if any(v.removes == cause for v in results.variants)]
    claims.append(_decay(results))
    if results.of_factor("timesteps"):
        claims.append(_stays(results, "timesteps", ("timesteps",), "training sees only a few timesteps"))
    factors = tuple(factor for factor in FACTORS if results.of_factor(factor))
    if factors:
        claims.append(_stays(results, "settings", factors, f"{', '.join(factors)} change"))
    return claims


FALLS = "nPR of c falls in training."
FALLS_RULE = (
    "holds where the interval over seeds of nPR of c at the last step minus that at initialisation (mean over timesteps) lies "
    "below zero; does not hold where it lies above"
)
T_MOST = "It is t that falls: nPR of the timestep embedding falls further than that of the label embeddings."
T_MOST_RULE = (
    "holds where the interval over seeds of (fall of t − fall of y) lies above zero; does not hold where it lies below"
)


def _falls(results: Results) -> Claim:
    base = results.base
    change = estimate(results.change(base.name, "c"))
    peak = results.curve(base.name, "c", NPR).mean(axis=1)
    text = (
        f"{base.title}: nPR of c {_points(change)} from initialisation ({peak.iloc[0]:.1f} %) to step {peak.index[-1]:,} "
        f"({peak.iloc[-1]:.1f} %), after a spike to {peak.max():.1f} % at step {peak.idxmax():,}; SiLU(c) "
        f"{_points(estimate(results.change(base.name, 'silu_c')))}."
    )
    finding = Finding(base.name, base.title, _beyond(change.scaled(-1), 0.0), text, _evidence(results, base))
    return conclude("npr_falls", FALLS, FALLS_RULE, [finding])


def _similarity(results: Results) -> Claim:
    base = results.base
    curve = results.curve(base.name, "c", COSINE).mean(axis=1)
    change = estimate(results.change(base.name, "c", COSINE))
    spike = curve.idxmax()
    moved = with_interval("dynamics_cosine_c", *_triple(change), signed=True)
    text = (
        f"{base.title}: cosine similarity of c {curve.iloc[0]:.3f} at initialisation, {curve.max():.3f} at step {spike:,}, "
        f"{curve.iloc[-1]:.3f} at step {curve.index[-1]:,}; change {moved}."
    )
    rule = (
        "holds where the interval over seeds of the cosine similarity of c at the last step minus that at "
        "initialisation lies above zero; does not hold where it lies below; whether it rises steadily is the main report's "
        "claim"
    )
    finding = Finding(base.name, base.title, _beyond(change, 0.0), text, _evidence(results, base))
    return conclude("similarity_rises", "Conditional vectors of different classes become more alike.", rule, [finding])


def _t_most(results: Results) -> Claim:
    base = results.base
    t, y = results.change(base.name, "t"), results.change(base.name, "y")
    gap = estimate(y - t)
    text = (
        f"{base.title}: nPR of t {_points(estimate(t))}, of y {_points(estimate(y))}; t falls further by "
        f"{with_interval('dynamics_npr_c', *_triple(gap), signed=True)}."
    )
    finding = Finding(base.name, base.title, _beyond(gap, 0.0), text, _evidence(results, base))
    return conclude("t_falls_most", T_MOST, T_MOST_RULE, [finding], paper=False)


def _needed(results: Results, cause: str) -> Claim:
    """Does the fall need this suspect?"""
    suspect, how = CAUSES[cause]
    findings = [_without(results, variant) for variant in results.variants if variant.removes == cause]
    rule = (
        f"the suspect is taken away ({how}); holds where less than {SHARE:.0%} of the base's fall is left "
        f"(interval over paired seeds of fall − {SHARE} × base's fall below zero), does not hold where more is left; "
        f"inconclusive "
        f"where the base does not fall or the variant's training loss exceeds {LEARNED} times the base's"
    )
    return conclude(f"needs_{cause.replace('-', '_')}", f"The fall needs {suspect}.", rule, findings, paper=False)


def _without(results: Results, variant: Variant) -> Finding:
    left, text = _left(results, variant)
    verdict = {HOLDS: FAILS, FAILS: HOLDS, OPEN: OPEN}[left]
    if variant.removes == "dead-side":
        dead = estimate(results.final(results.base.name, "c", DEAD))
        text += f" In the base {dead.value:.2f} % of the entries of c end below −4."
    return Finding(variant.name, variant.title, verdict, text, _evidence(results, variant))


def _decay(results: Results) -> Claim:
    base = results.base
    more = [variant for variant in results.variants if variant.weight_decay > base.weight_decay]
    fall = estimate(-results.change(base.name, "c"))
    verdict = _beyond(fall, 0.0)
    verdict = {HOLDS: FAILS, FAILS: OPEN, OPEN: OPEN}[verdict] if base.weight_decay == 0 else OPEN
    parts = [f"weight decay {base.weight_decay:g}: nPR of c {_points(estimate(results.change(base.name, 'c')))}"]
    parts += [f"{v.weight_decay:g}: {_points(estimate(results.change(v.name, 'c')))}" for v in more]
    rule = "does not hold where nPR of c falls (interval over seeds) in a base without any weight decay; inconclusive otherwise"
    files = tuple(path for variant in [base, *more] for path in _evidence(results, variant))
    finding = Finding(base.name, base.title, verdict, f"{'; '.join(parts)}.", files)
    return conclude("needs_decay", "The fall needs AdamW's weight decay.", rule, [finding], paper=False)


def _stays(results: Results, name: str, factors: Sequence[str], when: str) -> Claim:
    """Is more than half of the fall left in each of these variants?"""
    findings = []
    for variant in (variant for factor in factors for variant in results.of_factor(factor)):
        verdict, text = _left(results, variant)
        findings.append(Finding(variant.name, variant.title, verdict, text, _evidence(results, variant)))
    rule = (
        f"holds where more than {SHARE:.0%} of the base's fall is left in a variant (interval over paired seeds of fall − "
        f"{SHARE} × base's fall above zero), does not hold where less is left; inconclusive where the base does "
        f"not fall or the variant's training loss exceeds {LEARNED} times the base's"
    )
    return conclude(f"stays_{name}", f"The fall stays when {when}.", rule, findings, paper=False)


def _left(results: Results, variant: Variant) -> tuple[str, str]:
    """HOLDS if more than SHARE of the base's fall is left in a variant, FAILS if less, and a sentence with the numbers."""
    base = results.base
    fall, whole = -results.change(variant.name, "c"), -results.change(base.name, "c")
    margin = estimate(fall - SHARE * whole)
    loss, reference = results.loss(variant.name).mean(), results.loss(base.name).mean()
    text = (
        f"{variant.title}: nPR of c {_points(estimate(-fall))} (base {_points(estimate(-whole))}), SiLU(c) "
        f"{_points(estimate(results.change(variant.name, 'silu_c')))}; training loss {loss:.3f} (base {reference:.3f})."
    )
    if margin.n < 2:
        return OPEN, f"{text} One seed decides nothing."
    if _beyond(estimate(whole), 0.0) != HOLDS:
        return OPEN, f"{text} The base itself does not fall beyond the spread of its seeds."
    if loss > LEARNED * reference:
        return OPEN, f"{text} It has not learned enough to be a witness."
    return _beyond(margin, 0.0), text


def _beyond(found: Estimate, bound: float) -> str:
    """As `claim.beyond`, but a single seed, which has no interval, decides nothing."""
    return beyond(found, bound) if found.n > 1 else OPEN


def _points(change: Estimate) -> str:
    return with_interval("dynamics_npr_c", *_triple(change), signed=True)


def _triple(found: Estimate) -> tuple[float, float, float]:
    return found.value, found.low, found.high


def _evidence(results: Results, variant: Variant) -> tuple[str, ...]:
    seeds: pd.Index = results.curve(variant.name, "c", NPR).columns
    return tuple(f"dynamics/runs/{variant.name}.s{seed}/geometry.parquet" for seed in seeds)
