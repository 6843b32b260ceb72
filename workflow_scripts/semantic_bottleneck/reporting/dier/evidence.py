"""The measures of all runs of a DiER study, looked up and averaged over replicates."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from semantic_bottleneck.files import parquet
from semantic_bottleneck.reporting.core.evidence import Evidence
from semantic_bottleneck.reporting.core.measures import Measures, mean_over, paired
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate
from semantic_bottleneck.uncertainty.origins import Origin, origins_in, read_origin
from semantic_bottleneck.uncertainty.scales import DIFFERENCE_OF_SHARES, LINE, Scale, scale_of
from semantic_bottleneck.uncertainty.shares import share_interval

MIDDLE = 500
"""The timestep that claims compare with both ends of the chain; fixed before these runs, from earlier ones on the same data."""
INPUTS = "inputs"
COLUMNS = ("data", "variant", "replicate", "quantity", "timestep", "detail", "share", "value", "low", "high", "n", "method")


@dataclass(frozen=True)
class DierEvidence(Evidence):
    """All measures and losses, and what `Plan.reporting` says about the study.

    Attributes:
        measures: rows of the files of rules probe_dier and probe_inputs (columns: COLUMNS and `origin`).
        logs: (data, variant) -> the rows of the loss file of each replicate.
    """

    measures: Measures
    study: Mapping[str, Any]
    logs: Mapping[tuple[str, str], list[pd.DataFrame]] = field(default_factory=dict)

    @property
    def not_run(self) -> Mapping[str, str]:
        """Data set -> why it was not run."""
        return self.study["not_run"]

    def data(self) -> list[str]:
        """The data sets that were run, in order."""
        return [name for name in self.study["data"] if name not in self.not_run]

    def title(self, data: str) -> str:
        """Name of a data set."""
        return self.study["data"][data]

    def headline(self, data: str) -> str:
        """The variant that is shown where only one is."""
        return self.study["runs"][data][0]

    def variants(self, data: str, role: str = "", kind: str = "dier") -> list[str]:
        """Variants of a kind on a data set, in order; of a role, if given."""
        recipes = self.study["variants"]
        names = [name for name in self.study["runs"][data] if recipes[name]["kind"] == kind]
        return [name for name in names if role in ("", recipes[name]["role"])]

    def rates(self, data: str) -> dict[float, str]:
        """Learning rate -> its variant, of the runs that ask where training breaks, from the smallest."""
        settings = self.study["settings"][data]
        return dict(sorted((settings[name]["learning_rate"], name) for name in self.variants(data, role="learning-rate")))

    def variant_title(self, variant: str) -> str:
        """Row name of a variant."""
        return self.study["variants"][variant]["title"]

    def embedding(self, data: str, variant: str) -> int:
        """d_v."""
        return int(self.study["settings"][data][variant]["embedding"])

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
        return self.measures.only(data=data, variant=variant, quantity=quantity, timestep=timestep, detail=detail).frame

    def values(self, data: str, variant: str, quantity: str, timestep: int = -1, detail: str = "") -> pd.Series:
        """Replicate -> value."""
        keys = {"data": data, "variant": variant, "quantity": quantity, "timestep": timestep, "detail": detail}
        return self.measures.by("replicate", **keys)

    def estimate(self, data: str, variant: str, quantity: str, timestep: int = -1, detail: str = "") -> Estimate:
        """Mean over replicates with a Student-t interval, on a scale that ends at 0 and 1 where the quantity is a share."""
        keys = {"data": data, "variant": variant, "quantity": quantity, "timestep": timestep, "detail": detail}
        return self.mean(data, self.measures.by("replicate", **keys), self.measures.origins(**keys), scale_of(quantity))

    def overlap(self, data: str) -> float:
        """Held-out over training pictures where replicates hold out folds of one set, whose training parts overlap; else 0."""
        return 1.0 / (self.study["folds"] - 1) if data in self.study["folded"] else 0.0

    def mean(self, data: str, values: Iterable[float], origins: Iterable[Origin] = (), scale: Scale = LINE) -> Estimate:
        """Mean over the replicates on a data set, as `estimate` has it."""
        return mean_over(values, origins, scale, self.overlap(data))

    def paired(self, data: str, first: pd.Series, second: pd.Series, scale: Scale = DIFFERENCE_OF_SHARES) -> Estimate:
        """Mean difference of two accuracies, or of what `scale` says, over the replicates (index) that both have."""
        return paired(first, second, scale=scale, overlap=self.overlap(data))

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
        return self.measures.origins(data=data, variant=variant, quantity=quantity)

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
        return int(self.measures.only(data=data, variant=variant).frame["replicate"].nunique())


def counted(count: int, noun: str) -> str:
    """`1 seed`, `3 seeds`."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def read_evidence(files: Mapping[str, Sequence[str]], facts: Mapping[str, Any]) -> DierEvidence:
    """Read the files of all runs.

    Args:
        files: `measures` of rules probe_dier and probe_inputs; `logs` of rule train_dier,
            `<data>/<variant>.s<replicate>.loss.parquet`, where they are needed.
        facts: from `Plan.reporting`.
    """
    frames = [_with_origin(path) for path in files["measures"]]
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))
    logs: dict[tuple[str, str], list[pd.DataFrame]] = {}
    for path in map(Path, files.get("logs", [])):
        variant = path.name.removesuffix(".loss.parquet").rpartition(".s")[0]
        logs.setdefault((path.parent.name, variant), []).append(_with_origin(path))
    return DierEvidence(Measures(frame), facts, logs)


def _with_origin(path: str | Path) -> pd.DataFrame:
    """The rows of a Parquet file and their `origin`."""
    frame = pd.DataFrame(parquet.read(path))
    return frame.assign(origin=[read_origin(path)] * len(frame))
