"""A number with its interval, as result files hold it, and the mean over training seeds."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from semantic_bottleneck.uncertainty.jackknife import student_quantile
from semantic_bottleneck.uncertainty.origins import Origin, joined


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval (NaN where there is none), sample size, method and the files that it comes from."""

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    n: float = math.nan
    method: str = ""
    note: str = ""
    origins: tuple[Origin, ...] = ()

    def ends(self) -> tuple[float, float]:
        """The interval, or twice the value where there is none."""
        return (self.value, self.value) if math.isnan(self.low) or math.isnan(self.high) else (self.low, self.high)

    def scaled(self, factor: float) -> "Estimate":
        """Times a positive or negative factor; a negative one swaps the ends."""
        low, high = sorted((self.low * factor, self.high * factor)) if self.low == self.low else (math.nan, math.nan)
        return replace(self, value=self.value * factor, low=low, high=high)


ABSENT = Estimate()


def over_seeds(values: Sequence[float], origins: Iterable[Origin] = ()) -> Estimate:
    """Mean over training seeds with a Student-t interval; NaN ends with fewer than two seeds."""
    known = np.array([value for value in values if not math.isnan(value)])
    if len(known) == 0:
        return ABSENT
    mean, files = float(known.mean()), joined(origins)
    method = f"mean over {len(known)} training seeds, Student t"
    if len(known) < 2:
        return Estimate(mean, n=len(known), method=method, origins=files)
    half = student_quantile(len(known)) * float(known.std(ddof=1)) / math.sqrt(len(known))
    return Estimate(mean, mean - half, mean + half, len(known), method, origins=files)
