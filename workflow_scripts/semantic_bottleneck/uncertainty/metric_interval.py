"""The interval of a score or of a paired difference of scores, by the rule of its metric."""

from dataclasses import replace

from semantic_bottleneck.uncertainty.jackknife import Deletions, JackknifeEstimate, jackknife
from semantic_bottleneck.uncertainty.scales import SHARE, scale_of
from semantic_bottleneck.uncertainty.shares import rarest_told

AGREEMENTS = ("class_agreement", "other_class_agreement")
ROUNDING = 1e-12
"""Of shares and of their differences in float64: what spreads less does not spread."""


def metric_interval(deletions: Deletions, metric: str, n: int, quantity: str = "value") -> JackknifeEstimate:
    """The jackknife's interval on the scale of the metric (`uncertainty.scales`).

    Where the groups do not differ at all, as where a share is 0 or 1 or a variant loses every sample, nothing tells the
    spread. The interval of a share, and of a difference of agreements, then reaches as far as the share of cases that `n`
    samples may well miss (Clopper and Pearson), within the range of the metric.

    Args:
        n: samples. quantity: value or difference.
    """
    scale = scale_of(metric, quantity)
    estimate = jackknife(deletions, scale)
    counts_samples = scale == SHARE if quantity == "value" else metric in AGREEMENTS
    if not (counts_samples and estimate.standard_error <= ROUNDING):
        return estimate
    missed = rarest_told(n)
    low, high = max(scale.low, estimate.value - missed), min(scale.high, estimate.value + missed)
    return replace(estimate, standard_error=0.0, low=low, high=high)
