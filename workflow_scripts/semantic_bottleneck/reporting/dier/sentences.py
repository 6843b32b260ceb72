"""How the claims of the DiER page say a number, a run and a finding."""

import math

import pandas as pd

from semantic_bottleneck.reporting.core.claim import Finding
from semantic_bottleneck.reporting.dier.evidence import DierEvidence
from semantic_bottleneck.uncertainty.estimates import Estimate


def name_of(evidence: DierEvidence, data: str) -> str:
    """`MNIST 16×16 (DiER, d_v 16, 5 seeds)`: a data set and its headline variant."""
    variant = evidence.headline(data)
    return f"{evidence.title(data)} ({evidence.variant_title(variant)}, {evidence.seeds(data, variant)})"


def finding_on(evidence: DierEvidence, data: str, verdict: str, text: str) -> Finding:
    """A finding that rests on the measures of one data set."""
    return Finding(data, evidence.title(data), verdict, text, (f"dier/measures/{data}/",))


def percent(values: pd.Series) -> str:
    """The mean of shares of 1, `84.0 %`."""
    return f"{100 * values.mean():.1f} %"


def points(estimate: Estimate, *, signed: bool = True) -> str:
    """`+10.2 [8.1 to 12.3] points` from an estimate in shares of 1."""
    if math.isnan(estimate.value):
        return "—"
    scaled = estimate.scaled(100)
    return spread(scaled, "{:+z.1f}" if signed else "{:z.1f}", "{:z.1f}") + (" points" if signed else " %")


def spread(estimate: Estimate, form: str, ends: str = "") -> str:
    """`+0.12 [−0.01 to +0.25]`, the ends in their own form where one is given; no brackets without an interval."""
    if math.isnan(estimate.value):
        return "—"
    ends = ends or form
    interval = "" if math.isnan(estimate.low) else f" [{ends.format(estimate.low)} to {ends.format(estimate.high)}]"
    return (form.format(estimate.value) + interval).replace("-", "−")
