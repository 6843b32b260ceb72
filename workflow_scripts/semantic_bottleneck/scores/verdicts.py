"""Rules that turn numbers into words; every word of the report's scoreboard comes from here."""

import math

CLOSE = 0.05
REPRODUCED, CLOSE_BY, DIFFERS = "reproduced", "close", "differs"
BETTER, WORSE, INSIDE_NOISE = "better", "worse", "inside the noise"
HOLDS, FAILS, INCONCLUSIVE = "holds", "does not hold", "inconclusive"
LOWER_IS_BETTER = frozenset({"fid", "fid_infinity", "sfid", "kid", "fd_dinov2", "lpips"})


def published_verdict(
    value: float, low: float, high: float, published: float, *, decimals: int | None = None, close: float = CLOSE
) -> str:
    """Verdict on one published number.

    reproduced: the published number, give or take half of its last printed digit, lies in our 95 % interval, or within
    that half digit of our value where there is no interval. close: it is off by at most `close` (5 %) of its own size.
    differs: anything else.

    Args:
        value, low, high: ours; low and high may be NaN.
        decimals: digits printed after the point; None takes the published number as exact.
    """
    rounding = 0.5 * 10.0**-decimals if decimals is not None else 0.0
    if math.isnan(low) or math.isnan(high):
        low = high = value
    if low - rounding <= published <= high + rounding:
        return REPRODUCED
    return CLOSE_BY if abs(value - published) <= close * abs(published) else DIFFERS


def not_run(reason: str) -> str:
    """Verdict on a published number that this run has no counterpart for."""
    return f"not run ({reason})"


def difference_verdict(metric: str, low: float, high: float) -> str:
    """Verdict on a paired difference, variant minus baseline, from its 95 % interval.

    inside the noise: the interval holds zero, or there is none; otherwise better or worse by the sense of the metric.
    """
    if math.isnan(low) or math.isnan(high) or low <= 0.0 <= high:
        return INSIDE_NOISE
    return BETTER if (high < 0.0) == (metric in LOWER_IS_BETTER) else WORSE


def claim_verdict(low: float, high: float, threshold: float, *, above: bool = True) -> str:
    """Verdict on 'the quantity is above (below) the threshold' from its 95 % interval.

    holds: the whole interval is on the claimed side; does not hold: all of it is on the other; inconclusive: the
    threshold is inside, or there is no interval.
    """
    if math.isnan(low) or math.isnan(high):
        return INCONCLUSIVE
    if low > threshold:
        return HOLDS if above else FAILS
    if high < threshold:
        return FAILS if above else HOLDS
    return INCONCLUSIVE
