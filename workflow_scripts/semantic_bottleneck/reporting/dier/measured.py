"""The measures of all runs of a DiER study, looked up and averaged over replicates."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from semantic_bottleneck.files import parquet
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate, over_seeds
from semantic_bottleneck.uncertainty.origins import Origin, origins_in, read_origin
from semantic_bottleneck.uncertainty.shares import share_interval

MIDDLE = 500
"""The timestep that claims compare with both ends of the chain; fixed before these runs, from earlier ones on the same data."""
INPUTS = "inputs"
SHARES = ("lpa", "lpa_untrained", "knn")


@dataclass(frozen=True)
class Measured:
    """All measures and what `Plan.reporting` says about the study."""

    frame: pd.DataFrame
    study: Mapping[str, Any]

    def data(self) -> list[str]:
        """The data sets that were run, in order."""
        return [name for name in self.study["data"] if name not in self.study["not_run"]]

    def title(self, data: str) -> str:
        """Name of a data set."""
        return self.study["data"][data]

    def headline(self, data: str) -> str:
        """The variant that is shown where only one is."""
        return self.study["runs"][data][0]

    def variants(self, data: str, role: str = "", kind: str = "dier") -> list[str]:
        """Variants of a kind on a data set, in order; of a role, if given."""
        known = self.study["variants"]
        return [name for name in self.study["runs"][data] if known[name]["kind"] == kind and role in ("", known[name]["role"])]

    def variant_title(self, variant: str) -> str:
        """Row name of a variant."""
        return self.study["variants"][variant]["title"]

    def embedding(self, data: str, variant: str) -> int:
        """d_v."""
        return int(self.study["settings"][data][variant].get("embedding", 16))

    def timesteps(self, data: str, variant: str) -> list[int]:
        """Timesteps at which a variant was probed."""
        rows = self.rows(data, variant, "lpa")
        return sorted(rows["timestep"].unique().tolist())

    def middle(self, data: str, variant: str) -> int:
        """The probed timestep nearest to MIDDLE."""
        return min(self.timesteps(data, variant), key=lambda t: abs(t - MIDDLE))

    def rows(
        self, data: str, variant: str, quantity: str, timestep: int | None = None, detail: str | None = None
    ) -> pd.DataFrame:
        """Measures of one quantity, all replicates."""
        frame = self.frame
        chosen = (frame["data"] == data) & (frame["variant"] == variant) & (frame["quantity"] == quantity)
        if timestep is not None:
            chosen &= frame["timestep"] == timestep
        if detail is not None:
            chosen &= frame["detail"] == detail
        return frame[chosen]

    def values(self, data: str, variant: str, quantity: str, timestep: int = -1, detail: str = "") -> pd.Series:
        """Replicate -> value."""
        return self.rows(data, variant, quantity, timestep, detail).set_index("replicate")["value"]

    def estimate(self, data: str, variant: str, quantity: str, timestep: int = -1, detail: str = "") -> Estimate:
        """Mean over replicates with a Student-t interval, which ends at 0 and 1 where the quantity is a share."""
        origins = origins_in(self.rows(data, variant, quantity, timestep, detail))
        found = over_replicates(self.values(data, variant, quantity, timestep, detail), origins)
        if quantity not in SHARES or math.isnan(found.low):
            return found
        return replace(found, low=max(0.0, found.low), high=min(1.0, found.high))

    def over_images(self, data: str, variant: str, quantity: str, timestep: int = -1, detail: str = "") -> Estimate:
        """The share of all held-out images of all replicates together, with Wilson's interval."""
        rows = self.rows(data, variant, quantity, timestep, detail)
        if rows.empty:
            return ABSENT
        total = int(rows["n"].sum())
        correct = round(float((rows["value"] * rows["n"]).sum()))
        interval = share_interval(correct, total)
        return Estimate(correct / total, *interval, total, "Wilson over test images", origins=origins_in(rows))

    def paired_over_images(self, data: str, variant: str, quantity: str, timestep: int) -> Estimate:
        """A paired difference over the held-out images of all replicates together, the trained networks taken as given."""
        rows = self.rows(data, variant, quantity, timestep)
        if rows.empty:
            return ABSENT
        weight = rows["n"] / rows["n"].sum()
        mean = float((weight * rows["value"]).sum())
        half = float((((rows["high"] - rows["low"]) / 2 * weight) ** 2).sum() ** 0.5)
        return Estimate(mean, mean - half, mean + half, float(rows["n"].sum()), "paired over test images")

    def origins(self, data: str, variant: str, quantity: str) -> tuple[Origin, ...]:
        """The files of all replicates that hold a quantity."""
        return origins_in(self.rows(data, variant, quantity))

    def best(self, data: str, variant: str) -> int:
        """The timestep with the highest LPA averaged over replicates (found with labels)."""
        means = self.rows(data, variant, "lpa").groupby("timestep")["value"].mean()
        return int(means.idxmax())

    def curve(self, data: str, variant: str, quantity: str, detail: str = "") -> pd.DataFrame:
        """timestep, mean, min, max over replicates."""
        rows = self.rows(data, variant, quantity, detail=detail)
        return rows.groupby("timestep")["value"].agg(["mean", "min", "max"]).reset_index()

    def seeds(self, data: str, variant: str) -> str:
        """`4 seeds`."""
        return counted(self.count(data, variant), "seed")

    def count(self, data: str, variant: str) -> int:
        """Number of replicates."""
        return int(self.frame[(self.frame["data"] == data) & (self.frame["variant"] == variant)]["replicate"].nunique())


def counted(count: int, noun: str) -> str:
    """`1 seed`, `3 seeds`."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def over_replicates(values: Iterable[float], origins: Iterable[Origin] = ()) -> Estimate:
    """As `over_seeds`; a replicate has its own fold where there is no official test part."""
    return over_seeds([float(value) for value in values], origins)


def difference(first: pd.Series, second: pd.Series) -> Estimate:
    """Mean difference over the replicates that both have, with a Student-t interval."""
    return over_replicates((first - second).dropna())


def read_measured(paths: Sequence[str | Path], study: Mapping[str, Any]) -> Measured:
    """Files of rules probe_dier and probe_inputs; the frame also has each row's `origin`."""
    frames = [read_with_origin(path) for path in paths]
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*OWNERS, *NUMBERS])
    return Measured(frame, study)


def read_with_origin(path: str | Path) -> pd.DataFrame:
    """The rows of a Parquet file and their `origin`."""
    frame = pd.DataFrame(parquet.read(path))
    return frame.assign(origin=[read_origin(path)] * len(frame))


OWNERS = ("data", "variant", "replicate", "quantity", "timestep", "detail", "share")
NUMBERS = ("value", "low", "high", "n", "method")


def points(estimate: Estimate, *, signed: bool = True) -> str:
    """`+10.2 [8.1 to 12.3] points` from an estimate in shares of 1."""
    if math.isnan(estimate.value):
        return "—"
    scaled = estimate.scaled(100)
    text = f"{scaled.value:+.1f}" if signed else f"{scaled.value:.1f}"
    ends = "" if math.isnan(scaled.low) else f" [{scaled.low:.1f} to {scaled.high:.1f}]"
    return (text + ends).replace("-", "−") + (" points" if signed else " %")
