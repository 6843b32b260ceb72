"""What the arms of a study of the mechanism measured, by arm and training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from semantic_bottleneck.files import parquet
from semantic_bottleneck.reporting.core.evidence import Evidence
from semantic_bottleneck.reporting.core.inputs import read_geometry, read_scores
from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.study.model_names import card_name, replicate
from semantic_bottleneck.uncertainty.estimates import Estimate
from semantic_bottleneck.uncertainty.origins import read_origin
from semantic_bottleneck.uncertainty.scales import PERCENT, difference_of

COSINE = "cosine_similarity"
NPR = "normalized_participation_ratio_percent"
NORM = "norm_mean"
AGREEMENT = "class_agreement"
BASELINE = "baseline"
COST = difference_of(PERCENT)
"""The range of points of agreement."""
LAST_UPDATES = 100
"""The loss is the mean over so many updates: the last ones, or those up to EARLY."""
EARLY = 1000


@dataclass(frozen=True)
class Arm:
    """One way to make c: its name and title, the question that it answers (or ""), its trainings, updates and classes."""

    name: str
    title: str
    role: str
    runs: Sequence[str]
    steps: int
    classes: int


@dataclass(frozen=True)
class MechanismEvidence(Evidence):
    """All trainings of a study; the arm of role `base` is what the others are compared with, seed by seed.

    Attributes:
        geometry: rows with arm, seed, kind and metric, at the initial timestep.
        scores: rows with arm, seed, variant, metric and quantity.
        losses: rows with arm, seed and when (`early` or `last`).
        images: (arm, variant) -> file of example samples of its first training.
        study: from `page_facts.mechanism_facts`.
    """

    arms: Sequence[Arm]
    geometry: Measures
    scores: Measures
    losses: Measures
    images: Mapping[tuple[str, str], str]
    study: Mapping[str, Any]

    @property
    def variants(self) -> list[str]:
        """The pruned variants, in order."""
        return [name for name in self.study["variants"] if name != BASELINE]

    def of(self, role: str) -> Arm | None:
        """The arm of a role; None where the study has none."""
        return next((arm for arm in self.arms if arm.role == role), None)

    def geometric(self, arm: Arm, kind: str, metric: str) -> pd.Series:
        """One number of the vectors at the initial timestep, by seed."""
        return self.geometry.by("seed", arm=arm.name, kind=kind, metric=metric)

    def agreement(self, arm: Arm, variant: str = BASELINE) -> pd.Series:
        """Class agreement in percent, by seed."""
        return 100 * self.scores.by("seed", arm=arm.name, variant=variant, metric=AGREEMENT, quantity="value")

    def cost(self, arm: Arm, variant: str) -> pd.Series:
        """Points of class agreement that a variant loses, by seed."""
        return self.agreement(arm) - self.agreement(arm, variant)

    def loss(self, arm: Arm, when: str = "last") -> pd.Series:
        """Training loss, by seed."""
        return self.losses.by("seed", arm=arm.name, when=when)


def over_trainings(measures: Measures, arm: Arm, **keys: Any) -> Estimate:
    """Mean over an arm's trainings; of one training its own number, with its interval over samples where it has one."""
    own = {"arm": arm.name, **keys}
    return measures.over(**own) if len(arm.runs) > 1 else measures.select(**own)


def read_evidence(files: Mapping[str, Sequence[str]], facts: Mapping[str, Any]) -> MechanismEvidence:
    """Gather the files of all trainings.

    Args:
        files: `geometry` (`geometry/<run>/final.parquet`), `scores` (`scores/<run>/<variant>.parquet`), `losses`
            (`checkpoints/<run>/loss.parquet`) and `images` (`examples/<arm>/<variant>.parquet`), below results/<study>.
        facts: from `page_facts.mechanism_facts`.
    """
    arms = [Arm(**{key: arm[key] for key in Arm.__dataclass_fields__}) for arm in facts["arms"]]
    initial = {arm["name"]: arm["initial_timestep"] for arm in facts["arms"]}
    geometry = _by_run(read_geometry(files["geometry"]))
    started = geometry["timestep"].isna() | (geometry["timestep"] == geometry["arm"].map(initial))
    images = {(Path(path).parent.name, Path(path).stem): path for path in files.get("images", [])}
    scores = Measures(_by_run(read_scores(files["scores"])))
    return MechanismEvidence(arms, Measures(geometry[started]), scores, _read_losses(files["losses"]), images, facts)


def _by_run(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(arm=frame["model"].map(card_name), seed=frame["model"].map(replicate))


def _read_losses(paths: Sequence[str]) -> Measures:
    rows = []
    for path in paths:
        run, log = Path(path).parent.name, parquet.read(path, ["step", "loss"])
        common = {"arm": card_name(run), "seed": replicate(run), "origin": read_origin(path)}
        for when, end in (("early", EARLY), ("last", log["step"].max())):
            part = log["loss"][(log["step"] > end - LAST_UPDATES) & (log["step"] <= end)]
            if len(part) and log["step"].max() >= end:
                rows.append(common | {"when": when, "value": float(part.mean())})
    return Measures(pd.DataFrame(rows, columns=["arm", "seed", "when", "value", "origin"]))
