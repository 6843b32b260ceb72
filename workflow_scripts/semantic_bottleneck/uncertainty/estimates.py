"""A number with its interval, as result files hold it, and the mean over training seeds."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from semantic_bottleneck.uncertainty.origins import Origin, joined
from semantic_bottleneck.uncertainty.scales import LINE, Scale
from semantic_bottleneck.uncertainty.student import p_value, student_interval


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval (NaN where there is none), sample size, method and the files that it comes from.

    `p` is the two-sided p-value of a difference from none; NaN where the number is no difference. `trainings` is how many
    trainings it is the mean of; 0 for a number of one of them.
    """

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    n: float = math.nan
    method: str = ""
    note: str = ""
    origins: tuple[Origin, ...] = ()
    p: float = math.nan
    trainings: int = 0

    def ends(self) -> tuple[float, float]:
        """The interval, or twice the value where there is none."""
        return (self.value, self.value) if math.isnan(self.low) or math.isnan(self.high) else (self.low, self.high)

    def scaled(self, factor: float) -> "Estimate":
        """Times a positive or negative factor; a negative one swaps the ends."""
        low, high = sorted((self.low * factor, self.high * factor)) if self.low == self.low else (math.nan, math.nan)
        return replace(self, value=self.value * factor, low=low, high=high)


ABSENT = Estimate()


def over_seeds(values: Sequence[float], origins: Iterable[Origin] = (), scale: Scale = LINE, overlap: float = 0.0) -> Estimate:
    """Mean over training seeds with a Student-t interval; NaN ends with fewer than two seeds.

    Args:
        scale: of the quantity, on which the interval is symmetric.
        overlap: held-out pictures over training pictures, where each replicate holds out another fold of the same pictures.
            Their training parts overlap, so their spread is too small: s² (1/J + overlap) takes the place of s²/J
            (Nadeau and Bengio 2003, section 3).
    """
    known = np.array([value for value in values if not math.isnan(value)])
    if len(known) == 0:
        return ABSENT
    mean, files = float(known.mean()), joined(origins)
    corrected = f", variance for overlapping folds (+{overlap:.3g} s²)" if overlap else ""
    method = f"mean over {len(known)} training seeds, Student t{corrected}"
    count = len(known)
    if count < 2:
        return Estimate(mean, n=count, method=method, origins=files, trainings=count)
    freedom, error = count - 1, float(known.std(ddof=1)) * math.sqrt(1 / count + overlap)
    low, high = student_interval(mean, error, freedom, scale)
    p = p_value(mean, error, freedom, scale)
    return Estimate(mean, low, high, count, method, origins=files, p=p, trainings=count)
