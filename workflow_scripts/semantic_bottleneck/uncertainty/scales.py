"""Scales on which intervals are symmetric, so that no interval leaves the range of its quantity."""

import math
from dataclasses import dataclass

from scipy.special import expit, logit

LARGEST = 700.0
"""Logarithms beyond it have no float64 number."""


@dataclass(frozen=True)
class Scale:
    """The range of a quantity: logit within two bounds, logarithm above one, the quantity itself without any.

    An interval is symmetric in the scale's own unit, to which the standard error is carried over to first order (delta method),
    and is then carried back.
    """

    low: float = -math.inf
    high: float = math.inf

    def inside(self, value: float) -> bool:
        """Whether the scale has this value; at a bound of the range it is infinite."""
        return self.low < value < self.high

    def of(self, value: float) -> float:
        """The value, which is `inside`, on this scale."""
        if math.isfinite(self.low) and math.isfinite(self.high):
            return float(logit((value - self.low) / (self.high - self.low)))
        return math.log(value - self.low) if math.isfinite(self.low) else value

    def back(self, position: float) -> float:
        """The inverse of `of`."""
        if math.isfinite(self.low) and math.isfinite(self.high):
            return self.low + (self.high - self.low) * float(expit(position))
        if math.isfinite(self.low):
            return self.low + math.exp(position) if position < LARGEST else math.inf
        return position

    def slope(self, value: float) -> float:
        """Derivative of `of`."""
        if math.isfinite(self.low) and math.isfinite(self.high):
            return (self.high - self.low) / ((value - self.low) * (self.high - value))
        return 1.0 / (value - self.low) if math.isfinite(self.low) else 1.0


LINE, POSITIVE, SHARE, PERCENT, COSINE = Scale(), Scale(0.0), Scale(0.0, 1.0), Scale(0.0, 100.0), Scale(-1.0, 1.0)
DIFFERENCE_OF_SHARES = Scale(-1.0, 1.0)
SCALES = (
    dict.fromkeys(("class_agreement", "other_class_agreement", "precision", "recall", "coverage"), SHARE)
    | dict.fromkeys(("ssim", "ssim_gaussian"), SHARE)
    | dict.fromkeys(("fid", "sfid", "fd_dinov2", "density", "lpips", "psnr", "participation_ratio", "norm_mean"), POSITIVE)
    | dict.fromkeys(("inception_score", "inception_score_one_split", "inception_score_consecutive"), Scale(1.0))
    | {"clip_score": Scale(-100.0, 100.0), "normalized_participation_ratio_percent": PERCENT}
    | dict.fromkeys(("cosine_similarity", "centred_cosine_similarity"), COSINE)
    | {"centred_cosine_similarity_absolute": SHARE}
    | dict.fromkeys(("lpa", "lpa_untrained", "knn"), SHARE)
    | dict.fromkeys(("gain_untrained", "gain_first", "gain_last"), DIFFERENCE_OF_SHARES)
)
"""Metric -> the range of its values. What is not named here has none: KID and FID∞ are unbiased, so they may be negative."""


def scale_of(metric: str, quantity: str = "value") -> Scale:
    """The scale of a metric's values, or of differences (`quantity` difference), which are bounded where the values are."""
    scale = SCALES.get(metric, LINE)
    return scale if quantity == "value" else difference_of(scale)


def difference_of(scale: Scale) -> Scale:
    """The scale of differences between two values that each have this one."""
    width = scale.high - scale.low
    return Scale(-width, width) if math.isfinite(width) else LINE
