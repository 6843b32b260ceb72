"""Student's 95 % interval and p-value of an estimate with a standard error, on the scale of its quantity."""

import math

from scipy.special import stdtr, stdtrit

from semantic_bottleneck.uncertainty.scales import LINE, Scale

CONFIDENCE = 0.95


def student_quantile(groups: float) -> float:
    """Half width of the 95 % interval in standard errors, for so many independent numbers: one degree of freedom less."""
    return float(stdtrit(groups - 1, 0.5 + CONFIDENCE / 2.0))


def student_interval(value: float, standard_error: float, freedom: float, scale: Scale = LINE) -> tuple[float, float]:
    """The 95 % interval of an estimate with so many degrees of freedom; NaN ends where the standard error is NaN.

    At a bound of the range, where the scale is infinite, the interval is cut off there instead.
    """
    half = student_quantile(freedom + 1) * standard_error
    if math.isnan(half):
        return math.nan, math.nan
    if half == 0.0:
        return value, value
    if not scale.inside(value):
        return max(value - half, min(value, scale.low)), min(value + half, max(value, scale.high))
    position, half = scale.of(value), half * scale.slope(value)
    low, high = scale.back(position - half), scale.back(position + half)
    return min(low, value), max(high, value)


def p_value(value: float, standard_error: float, freedom: float, scale: Scale = LINE) -> float:
    """Two-sided probability of a value at least so far from zero if zero were true, by the test of `student_interval`.

    NaN where zero is not inside the scale, so that the value is no difference.
    """
    if math.isnan(value) or math.isnan(standard_error) or not scale.inside(0.0):
        return math.nan
    if standard_error == 0.0 or not scale.inside(value):
        return 1.0 if value == 0.0 else 0.0 if standard_error == 0.0 else p_value(value, standard_error, freedom)
    distance = abs(scale.of(value) - scale.of(0.0)) / (standard_error * scale.slope(value))
    return float(2.0 * stdtr(freedom, -distance))
