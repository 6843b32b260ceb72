"""What the runs of a dynamics study measured, by variant, seed and training step."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from semantic_bottleneck.files import parquet
from semantic_bottleneck.reporting.core.inputs import read_geometry
from semantic_bottleneck.study.dynamics import split_run
from semantic_bottleneck.uncertainty.estimates import Estimate, over_seeds
from semantic_bottleneck.uncertainty.origins import Origin, read_origin

COSINE = "cosine_similarity"
NPR = "normalized_participation_ratio_percent"
DEAD = "silu_dead_percent"
NORM = "norm_mean"
LAST_UPDATES = 50
"""The training loss of a run is the mean over so many of its last logged updates."""


@dataclass(frozen=True)
class Variant:
    """One way of training: its name, how it is called, the factor it varies and the value there, and its length.

    `removes` is the suspected cause that it takes away: t, y, rescaling (Adam's, per weight), dead-side (SiLU's) or
    nonlinearity (any function between c and AdaLN's maps).
    """

    name: str
    title: str
    factor: str
    level: str
    steps: int
    weight_decay: float = 0.0
    removes: str = ""


@dataclass(frozen=True)
class Results:
    """All runs of a study; the first variant is the base.

    Attributes:
        levels: factor -> the base's value there.
        values: columns variant, seed, step, kind, metric, value, the last one a mean over timesteps: training draws them all
            alike, and a single one tells little with few seeds.
        losses: (variant, seed) -> training loss.
        measured, logged: (variant, seed) -> the files of values and loss. A run keeps its vectors, not its weights.
    """

    variants: Sequence[Variant]
    levels: Mapping[str, str]
    values: pd.DataFrame
    losses: Mapping[tuple[str, int], float] = field(default_factory=dict)
    measured: Mapping[tuple[str, int], Origin] = field(default_factory=dict)
    logged: Mapping[tuple[str, int], Origin] = field(default_factory=dict)

    @property
    def base(self) -> Variant:
        return self.variants[0]

    def of_factor(self, factor: str) -> list[Variant]:
        """The variants of one factor, in the study's order."""
        return [variant for variant in self.variants if variant.factor == factor]

    def curve(self, variant: str, kind: str, metric: str) -> pd.DataFrame:
        """One column per seed, one row per training step."""
        rows = self.values
        chosen = rows[(rows["variant"] == variant) & (rows["kind"] == kind) & (rows["metric"] == metric)]
        return chosen.pivot(index="step", columns="seed", values="value").sort_index()

    def final(self, variant: str, kind: str, metric: str) -> pd.Series:
        """The value at the last step, by seed."""
        return self.curve(variant, kind, metric).iloc[-1]

    def change(self, variant: str, kind: str, metric: str = NPR) -> pd.Series:
        """Last minus first value, by seed."""
        curve = self.curve(variant, kind, metric)
        return curve.iloc[-1] - curve.iloc[0]

    def loss(self, variant: str) -> pd.Series:
        """Training loss, by seed."""
        return pd.Series({seed: value for (name, seed), value in self.losses.items() if name == variant}).sort_index()


def of_variants(files: Mapping[tuple[str, int], Origin], *variants: str) -> list[Origin]:
    """The files of all seeds of some variants."""
    return [origin for variant in variants for (name, _), origin in files.items() if name == variant]


def estimate(values: pd.Series, origins: Iterable[Origin] = ()) -> Estimate:
    """Mean over seeds with its Student-t interval."""
    return over_seeds(list(values), origins)


def read_results(
    described: Sequence[Mapping[str, Any]], geometry: Iterable[str | Path], metrics: Iterable[str | Path]
) -> Results:
    """Gather the files of all runs.

    Args:
        described: from `dynamics_plan.Dynamics.described`.
        geometry, metrics: `results/<study>/dynamics/runs/<variant>.s<seed>/{geometry,metrics}.parquet`.
    """
    fields = Variant.__dataclass_fields__
    variants = [Variant(**{key: value for key, value in entry.items() if key in fields}) for entry in described]
    geometry, metrics = list(geometry), list(metrics)
    frame = read_geometry(geometry)
    runs = frame["model"].map(split_run)
    values = pd.DataFrame(
        {
            "variant": runs.map(lambda run: run[0]),
            "seed": runs.map(lambda run: run[1]),
            "step": frame["training_step"].astype(int),
            **{name: frame[name] for name in ("kind", "metric", "value")},
        }
    )
    values = values.groupby([name for name in values if name != "value"], as_index=False, sort=False)["value"].mean()
    losses = {split_run(Path(path).parent.name): _last_loss(path) for path in metrics}
    measured, logged = (
        {split_run(Path(path).parent.name): read_origin(path) for path in paths} for paths in (geometry, metrics)
    )
    return Results(variants, described[0]["levels"], values, losses, measured, logged)


def _last_loss(path: str | Path) -> float:
    return float(parquet.read(path, ["loss"])["loss"][-LAST_UPDATES:].mean())
