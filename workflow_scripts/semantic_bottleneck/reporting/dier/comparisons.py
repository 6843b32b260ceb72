"""Claims that set DiER beside something else: self-supervised baselines, sparser pictures, higher learning rates."""

import math

import pandas as pd

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, OPEN, OPPOSITE, Finding, beyond
from semantic_bottleneck.reporting.dier.evidence import DierEvidence
from semantic_bottleneck.reporting.dier.sentences import finding_on, name_of, percent, points, spread
from semantic_bottleneck.study.dier_settings import SELF_SUPERVISED
from semantic_bottleneck.uncertainty.scales import DIFFERENCE_OF_SHARES, LINE

CEILING = 1e-4
"""The learning rate above which DiER's summary says that training collapses."""


def beats_self_supervised(evidence: DierEvidence, data: str) -> Finding | None:
    """DiER's headline: its vector against those of self-supervised methods with the same encoder, data and images seen."""
    variant = evidence.headline(data)
    budget = _images_seen(evidence, data, variant)
    rivals = [name for kind in SELF_SUPERVISED for name in evidence.variants(data, kind=kind)]
    rivals = [name for name in rivals if _images_seen(evidence, data, name) == budget]
    if not rivals:
        return None
    middle, parts, verdicts = evidence.middle(data, variant), [], []
    own = evidence.values(data, variant, "lpa", middle)
    for rival in rivals:
        other = evidence.values(data, rival, "lpa")
        gain = evidence.paired(data, own, other)
        parts.append(f"{points(gain)} over {evidence.variant_title(rival)} ({percent(other)}, {evidence.seeds(data, rival)})")
        verdicts.append(beyond(gain, 0.0))
    verdict = FAILS if FAILS in verdicts else HOLDS if set(verdicts) == {HOLDS} else OPEN
    text = f"{name_of(evidence, data)}: LPA {percent(own)} at t = {middle}; {'; '.join(parts)}; {budget:,} images seen by each."
    return finding_on(evidence, data, verdict, text)


def _images_seen(evidence: DierEvidence, data: str, variant: str) -> int:
    settings = evidence.study["settings"][data][variant]
    return int(settings["steps"] * settings["batch_size"])


def sparse_later(evidence: DierEvidence, data: str) -> Finding | None:
    """The summary's hypothesis on what decides the best t: the same pictures, filling the canvas and small on black."""
    density = evidence.study["density"]
    if not density or data != density["sparse"] or density["dense"] not in evidence.data():
        return None
    cards = {role: density[role] for role in ("sparse", "dense")}
    curves = {
        role: evidence.rows(card, evidence.headline(card), "lpa").pivot(index="timestep", columns="replicate", values="value")
        for role, card in cards.items()
    }
    peaks = {role: curve.idxmax() for role, curve in curves.items()}
    later = evidence.paired(data, peaks["sparse"], peaks["dense"], LINE)
    centres = {role: curve.apply(_centre) for role, curve in curves.items()}
    moved = evidence.paired(data, centres["sparse"], centres["dense"], LINE)
    shown = []
    for role, card in cards.items():
        lit = evidence.values(card, evidence.headline(card), "lit_share").mean()
        best = evidence.best(card, evidence.headline(card))
        top = percent(curves[role].loc[best])
        listed = ", ".join(str(int(t)) for t in peaks[role])
        shown.append(f"{evidence.title(card)} ({100 * lit:.0f} % lit) at t = {listed}, mean curve at {best} with {top}")
    text = (
        f"Best t of each replicate: {'; '.join(shown)}. Sparse minus dense, paired: {spread(later, '{:+z.0f}')} steps; centre "
        f"of the curve above its lowest value {spread(moved, '{:+z.0f}')} steps."
    )
    return finding_on(evidence, data, beyond(later, 0.0), text)


def _centre(curve: pd.Series) -> float:
    """Mean timestep, weighted by how far LPA lies above its lowest value; NaN for a flat curve."""
    weight = curve - curve.min()
    return float((weight * curve.index).sum() / weight.sum()) if weight.sum() > 0 else math.nan


def sparser_images_later(evidence: DierEvidence, data: str) -> Finding:
    """The same hypothesis image by image, within a data set and within its classes."""
    variant = evidence.headline(data)
    within = evidence.estimate(data, variant, "sparsity_correlation", detail="within classes")
    overall = evidence.estimate(data, variant, "sparsity_correlation", detail="all images")
    text = (
        f"{name_of(evidence, data)}: rank correlation of an image's best t with its share of lit pixels "
        f"{spread(within, '{:+z.2f}')} within classes, {spread(overall, '{:+z.2f}')} over all images."
    )
    return finding_on(evidence, data, OPPOSITE[beyond(within, 0.0)], text)


def learning_rate_collapse(evidence: DierEvidence, data: str) -> Finding | None:
    """Is there a rate at which training leaves less than it started from?"""
    rates = evidence.rates(data)
    if not rates:
        return None
    gains = {rate: _gain(evidence, data, variant) for rate, variant in rates.items()}
    means = {rate: evidence.mean(data, gain, scale=DIFFERENCE_OF_SHARES) for rate, gain in gains.items()}
    shown = [f"{rate:g}: {points(mean)}{_ended(evidence, data, rates[rate])}" for rate, mean in means.items()]
    largest = means[max(means)]
    text = (
        f"{evidence.title(data)} ({evidence.seeds(data, rates[max(gains)])} of short runs): LPA over the untrained encoder's "
        f"at each rate {'; '.join(shown)}."
    )
    return finding_on(evidence, data, OPPOSITE[beyond(largest, 0.0)], text)


def learning_rate_ceiling(evidence: DierEvidence, data: str) -> Finding | None:
    """The summary's own number for it."""
    rates = evidence.rates(data)
    at = next((rate for rate in rates if math.isclose(rate, CEILING)), None)
    above = [rate for rate in rates if rate > CEILING and not math.isclose(rate, CEILING)]
    if at is None or not above:
        return None
    base = _accuracy(evidence, data, rates[at])
    gains = {rate: evidence.paired(data, _accuracy(evidence, data, rates[rate]), base) for rate in above}
    verdicts = {beyond(gain, 0.0) for gain in gains.values()}
    verdict = FAILS if HOLDS in verdicts else HOLDS if verdicts == {FAILS} else OPEN
    shown = "; ".join(f"{rate:g}: {points(gain)}" for rate, gain in gains.items())
    text = (
        f"{evidence.title(data)} ({evidence.seeds(data, rates[at])} of short runs): LPA at {CEILING:g} is {percent(base)}; "
        f"beside it, paired, {shown}."
    )
    return finding_on(evidence, data, verdict, text)


def _accuracy(evidence: DierEvidence, data: str, variant: str) -> pd.Series:
    return evidence.values(data, variant, "lpa", evidence.middle(data, variant))


def _gain(evidence: DierEvidence, data: str, variant: str) -> pd.Series:
    return evidence.values(data, variant, "gain_untrained", evidence.middle(data, variant))


def _ended(evidence: DierEvidence, data: str, variant: str) -> str:
    """How many replicates' vectors are zero or not finite, if any."""
    likeness = evidence.values(data, variant, "cosine_similarity", evidence.middle(data, variant), "v")
    dead = int(likeness.isna().sum())
    return f" ({dead} of {len(likeness)} without a vector left)" if dead else ""
