"""One look-up over the numbers of result files, whatever page they are shown on."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate, over_seeds
from semantic_bottleneck.uncertainty.metric_interval import ROUNDING
from semantic_bottleneck.uncertainty.origins import Origin, origins_in
from semantic_bottleneck.uncertainty.scales import LINE, Scale, scale_of


@dataclass(frozen=True)
class Measures:
    """Rows of result files, one number each.

    `frame` has the number in `value`; `low`, `high`, `n`, `method`, `note` and `origin` (the file it comes from) where a file
    holds them; what the number is of stands in the other columns, by which rows are looked up.
    """

    frame: pd.DataFrame

    def __len__(self) -> int:
        return len(self.frame)

    def only(self, **keys: Any) -> "Measures":
        """The rows whose columns have these values; a list stands for any of its entries, None for every value."""
        frame = self.frame
        rows = pd.Series(True, index=frame.index)
        for column, value in keys.items():
            if value is not None:
                rows &= frame[column].isin(value) if isinstance(value, list) else frame[column] == value
        return Measures(frame[rows])

    def select(self, **keys: Any) -> Estimate:
        """The one number with these keys (the first, where several rows have them); ABSENT where there is none."""
        rows = self.only(**keys).frame
        return _estimate(rows.iloc[0]) if len(rows) else ABSENT

    def by(self, column: str, **keys: Any) -> pd.Series:
        """Value of `column` -> number."""
        return self.only(**keys).frame.set_index(column)["value"]

    def over(self, **keys: Any) -> Estimate:
        """Mean over the rows (training seeds), with the interval of `mean_estimate` on the scale of what it is of."""
        scale = scale_of(keys.get("metric", ""), keys.get("quantity", "value"))
        rows = self.only(**keys).frame
        return mean_estimate((_estimate(row) for _, row in rows.iterrows()), scale)

    def paired(self, first: Mapping[str, Any], second: Mapping[str, Any], replicates: str, **keys: Any) -> Estimate:
        """Mean over replicates of the difference first - second; `keys` are those that both have."""
        both = (*self.origins(**keys, **first), *self.origins(**keys, **second))
        scale = scale_of(keys.get("metric", ""), "difference")
        return paired(self.by(replicates, **keys, **first), self.by(replicates, **keys, **second), both, scale)

    def origins(self, **keys: Any) -> tuple[Origin, ...]:
        """The files that the rows come from."""
        return origins_in(self.only(**keys).frame)


def mean_over(values: Iterable[float], origins: Iterable[Origin] = (), scale: Scale = LINE, overlap: float = 0.0) -> Estimate:
    """Mean over replicates with a Student-t interval; NaN ends with fewer than two. Arguments: see `over_seeds`."""
    return over_seeds([float(value) for value in values], origins, scale, overlap)


def paired(
    first: pd.Series, second: pd.Series, origins: Iterable[Origin] = (), scale: Scale = LINE, overlap: float = 0.0
) -> Estimate:
    """Mean difference over the replicates (index) that both have, with a Student-t interval."""
    return mean_over((first - second).dropna(), origins, scale, overlap)


def mean_estimate(estimates: Iterable[Estimate], scale: Scale = LINE) -> Estimate:
    """Mean of one number measured on each replicate, from the files of all of them, with a Student-t interval.

    Where all replicates have the very same number, as where each loses all of its samples, their spread tells nothing; the
    interval is then the widest of their own.
    """
    known = [one for one in estimates if one.value == one.value]
    mean = mean_over((one.value for one in known), (origin for one in known for origin in one.origins), scale)
    if len(known) < 2 or any(not math.isclose(one.value, mean.value, rel_tol=ROUNDING, abs_tol=ROUNDING) for one in known):
        return mean
    ends = [one.ends() for one in known]
    return replace(mean, low=min(low for low, _ in ends), high=max(high for _, high in ends))


def _estimate(row: pd.Series) -> Estimate:
    value, low, high, n = (float(row.get(name, math.nan)) for name in ("value", "low", "high", "n"))
    origins, p = (row["origin"],) if "origin" in row else (), float(row.get("p_value", math.nan))
    return Estimate(value, low, high, n, str(row.get("method", "")), str(row.get("note", "") or ""), origins, p)
