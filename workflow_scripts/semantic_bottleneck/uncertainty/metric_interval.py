"""The interval of a score or of a paired difference of scores, by the rule of its metric."""

from dataclasses import replace

from semantic_bottleneck.uncertainty.jackknife import Deletions, JackknifeEstimate, jackknife
from semantic_bottleneck.uncertainty.scales import SHARE, scale_of
from semantic_bottleneck.uncertainty.shares import rarest_told

AGREEMENTS = ("class_agreement", "other_class_agreement")


def metric_interval(deletions: Deletions, metric: str, n: int, quantity: str = "value") -> JackknifeEstimate:
    """The jackknife's interval on the scale of the metric (`uncertainty.scales`).

    A share of 0 or 1 has no spread between groups; its interval then ends at the share that `n` samples may well miss
    (Clopper and Pearson). So does that of a difference of agreements where no group differs.

    Args:
        n: samples. quantity: value or difference.
    """
    scale = scale_of(metric, quantity)
    estimate = jackknife(deletions, scale)
    value = estimate.value
    if estimate.standard_error != 0.0:
        return estimate
    missed = rarest_told(n)
    if quantity == "value" and scale == SHARE and value in (0.0, 1.0):
        return replace(estimate, low=value - missed * (value == 1.0), high=value + missed * (value == 0.0))
    if quantity == "difference" and metric in AGREEMENTS and value == 0.0:
        return replace(estimate, low=-missed, high=missed)
    return estimate
