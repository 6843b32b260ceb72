"""Does a measured number agree with a published one, and does a variant differ from its baseline?

Rules, in order.

Against a published number
    not comparable  the number belongs to another model, or to another sample size of a metric whose expectation depends on it
    reproduced      it lies inside our 95 % interval, or ours rounds to it
    close           it lies within the metric's tolerance (2 %; for a cosine 0.005)
    differs         otherwise

Against the baseline (paired difference and its 95 % interval)
    inside the noise  the interval contains zero
    better, worse     otherwise, by the direction of the metric, if Holm's correction for all differences of the table
                      leaves the p-value at 0.05 or below
    ... before correction  it does not
"""

import math

from semantic_bottleneck.reporting.core.published import PublishedNumber
from semantic_bottleneck.reporting.core.vocabulary import measure

REPRODUCED = "reproduced"
CLOSE = "close"
DIFFERS = "differs"
OTHER_MODEL = "not comparable (miniature)"
OTHER_SIZE = "not comparable (sample size)"
NOT_RUN = "not run"
UNPUBLISHED = ""

BETTER = "better"
WORSE = "worse"
NOISE = "inside the noise"
BEFORE = " before correction"
LEVEL = 0.05


def against_published(
    metric: str,
    value: float,
    low: float,
    high: float,
    published: PublishedNumber | None,
    *,
    same_model: bool,
    n: float = math.nan,
    published_n: int | None = None,
) -> str:
    """Verdict on one number; an empty string where nothing is published. `low` and `high` may be NaN."""
    if published is None:
        return UNPUBLISHED
    if math.isnan(value):
        return NOT_RUN
    if not same_model:
        return OTHER_MODEL
    entry = measure(metric)
    if entry.biased and published_n is not None and not math.isnan(n) and n != published_n:
        return OTHER_SIZE
    distance = abs(value - published.value)
    if low <= published.value <= high or distance <= published.half_unit * (1 + 1e-9):
        return REPRODUCED
    allowed = entry.close if entry.close_is_absolute else entry.close * abs(published.value)
    return CLOSE if distance <= allowed else DIFFERS


def against_baseline(metric: str, difference: float, low: float, high: float) -> str:
    """Verdict on a paired difference (variant minus baseline); empty where the metric has no direction or no interval."""
    better = measure(metric).better
    if better == 0 or math.isnan(difference) or math.isnan(low) or math.isnan(high):
        return ""
    if low <= 0 <= high:
        return NOISE
    return BETTER if difference * better > 0 else WORSE


def corrected(verdict: str, adjusted: float) -> str:
    """A verdict of `against_baseline`, given the p-value after the correction for its table; NaN: not corrected."""
    return verdict + BEFORE if verdict in (BETTER, WORSE) and adjusted > LEVEL else verdict
