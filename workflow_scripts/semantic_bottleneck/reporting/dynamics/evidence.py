"""What the runs of a dynamics study measured, by variant, seed and training step."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from semantic_bottleneck.files import parquet
from semantic_bottleneck.reporting.core.evidence import Evidence
from semantic_bottleneck.reporting.core.inputs import read_geometry
from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.study.dynamics import split_run
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
class DynamicsEvidence(Evidence):
    """All runs of a study; the first variant is the base. A run keeps its vectors, not its weights.

    Attributes:
        levels: factor -> the base's value there.
        measures: rows with variant, seed, step, kind and metric, each a mean over timesteps: training draws them all alike, and
            a single one tells little with few seeds.
        losses: rows with variant and seed: the training loss.
        study: from `Dynamics.reporting`.
    """

    variants: Sequence[Variant]
    levels: Mapping[str, str]
    measures: Measures
    losses: Measures
    study: Mapping[str, Any]

    @property
    def missing(self) -> str:
        """Why nothing ran; empty where something did."""
        return self.study["missing"]

    @property
    def base(self) -> Variant:
        return self.variants[0]

    @cached_property
    def last(self) -> Measures:
        """The measures after the last update."""
        return self.measures.only(step=self.measures.frame["step"].max())

    @cached_property
    def first(self) -> Measures:
        """The measures of the initialisation."""
        return self.measures.only(step=self.measures.frame["step"].min())

    def of_factor(self, factor: str) -> list[Variant]:
        """The variants of one factor, in the study's order."""
        return [variant for variant in self.variants if variant.factor == factor]

    def curve(self, variant: str, kind: str, metric: str) -> pd.DataFrame:
        """One column per seed, one row per training step."""
        rows = self.measures.only(variant=variant, kind=kind, metric=metric).frame
        return rows.pivot(index="step", columns="seed", values="value").sort_index()

    def change(self, variant: str, kind: str, metric: str = NPR) -> pd.Series:
        """Last minus first value, by seed."""
        last, first = (measures.by("seed", variant=variant, kind=kind, metric=metric) for measures in (self.last, self.first))
        return last - first

    def loss(self, variant: str) -> pd.Series:
        """Training loss, by seed."""
        return self.losses.by("seed", variant=variant)


def read_evidence(files: Mapping[str, Sequence[str]], facts: Mapping[str, Any]) -> DynamicsEvidence:
    """Gather the files of all runs.

    Args:
        files: `geometry` and `metrics`: `results/<study>/dynamics/runs/<variant>.s<seed>/{geometry,metrics}.parquet`.
        facts: from `Dynamics.reporting`.
    """
    fields = Variant.__dataclass_fields__
    variants = [Variant(**{key: value for key, value in entry.items() if key in fields}) for entry in facts["variants"]]
    measures, losses = _read_measures(files["geometry"]), _read_losses(files["metrics"])
    return DynamicsEvidence(variants, facts["variants"][0]["levels"], measures, losses, facts)


def _read_measures(paths: Sequence[str]) -> Measures:
    frame = read_geometry(paths)
    runs = frame["model"].map(split_run)
    rows = pd.DataFrame(
        {
            "variant": runs.map(lambda run: run[0]),
            "seed": runs.map(lambda run: run[1]),
            "step": frame["training_step"].astype(int),
            **{name: frame[name] for name in ("kind", "metric", "value")},
        }
    )
    means = rows.groupby([name for name in rows if name != "value"], as_index=False, sort=False)["value"].mean()
    origins = _origins(paths)
    return Measures(means.assign(origin=[origins[run] for run in zip(means["variant"], means["seed"], strict=True)]))


def _read_losses(paths: Sequence[str]) -> Measures:
    origins = _origins(paths)
    rows = [
        {"variant": variant, "seed": seed, "value": _last_loss(path), "origin": origins[variant, seed]}
        for path, (variant, seed) in zip(paths, origins, strict=True)
    ]
    return Measures(pd.DataFrame(rows, columns=["variant", "seed", "value", "origin"]))


def _origins(paths: Iterable[str]) -> dict[tuple[str, int], Origin]:
    """Run (variant, seed) -> its file, in order."""
    return {split_run(Path(path).parent.name): read_origin(path) for path in paths}


def _last_loss(path: str) -> float:
    return float(parquet.read(path, ["loss"])["loss"][-LAST_UPDATES:].mean())
