"""What pruning costs one model: its variants, and the loss of each against the baseline."""

import math
from dataclasses import dataclass
from functools import partial

import pandas as pd

from semantic_bottleneck.reporting.core.facts import BASELINE
from semantic_bottleneck.reporting.core.wording import variant_title
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.kinds import as_published
from semantic_bottleneck.reporting.paper.shares import PAPER_SHARE
from semantic_bottleneck.reporting.paper.trainings import across
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate
from semantic_bottleneck.uncertainty.scales import LINE, Scale, scale_of

FREE = {"class_agreement": 2.0, "fid": 5.0}
"""Largest loss that counts as none: points of class agreement, percent of the baseline's FID."""
DAMAGED = {"class_agreement": 10.0, "fid": 50.0}
"""Smallest loss that counts as damage."""
UNITS = {"class_agreement": "points of class agreement", "fid": "% of the baseline's FID"}
SCALES = {"class_agreement": Scale(-100.0, 100.0), "fid": LINE}
"""Of losses over several trainings."""


@dataclass(frozen=True)
class Loss:
    """How much worse a variant is than its baseline, or than another variant (positive: worse), in the unit of FREE."""

    metric: str
    row: pd.Series
    estimate: Estimate

    def words(self) -> str:
        """The loss with its interval, as a clause."""
        verb = "costs" if self.estimate.value >= 0 else "gains"
        estimate = self.estimate if self.estimate.value >= 0 else self.estimate.scaled(-1)
        return f"{variant_title(self.row)} {verb} {_shown(estimate)} {UNITS[self.metric]}"

    def excess_words(self) -> str:
        """The same of the excess of one variant over another."""
        more = "more" if self.estimate.value >= 0 else "less"
        estimate = self.estimate if self.estimate.value >= 0 else self.estimate.scaled(-1)
        return f"that is {_shown(estimate)} {more}"


def _shown(estimate: Estimate) -> str:
    low, high = estimate.ends()
    # z: what is rounded to zero has no sign left.
    ends = f" [{low:z.2f} to {high:z.2f}]" if low != high else ""
    return f"{estimate.value:z.2f}{ends}".replace("-", "−")


@dataclass(frozen=True)
class PrunedModel:
    """One model of the evidence; a row below is one of its rows in the variants frame."""

    model: str
    evidence: PaperEvidence

    def candidates(self, side: str, window: str = "every", ranked_by: str = "magnitude") -> pd.DataFrame:
        """Scored variants of that kind that set dimensions to zero, by removed share."""
        variants = self.evidence.variants
        rows = variants[
            (variants["model"] == self.model)
            & (variants["side"] == side)
            & (variants["window"] == window)
            & (variants["ranked_by"] == ranked_by)
            & as_published(variants)
        ]
        scored = set(self.evidence.scores.only(model=self.model).frame["variant"])
        return rows[rows["variant"].isin(scored)].sort_values("removed_percent", kind="stable")

    def nearest(
        self, share: float, side: str, window: str = "every", ranked_by: str = "magnitude", within: float = math.inf
    ) -> pd.Series | None:
        """The candidate whose removed share is nearest to `share`, None beyond `within` points."""
        rows = self.candidates(side, window, ranked_by)
        if rows.empty:
            return None
        distance = (rows["removed_percent"] - share).abs()
        return rows.loc[distance.idxmin()] if distance.min() <= within else None

    def tail(self) -> pd.Series | None:
        """The tail variant at every step whose share is nearest to the paper's."""
        return self.nearest(PAPER_SHARE, "tail")

    def change(self, row: pd.Series, metric: str, other: pd.Series | None = None) -> Estimate:
        """The paired difference of a variant to the baseline, or to another variant, over the model's trainings."""
        scale = scale_of(metric, "difference")
        return across(self.trainings, partial(self._change, row=row, metric=metric, other=other), scale)

    def loss(self, row: pd.Series, other: pd.Series | None = None) -> Loss | None:
        """The loss against the baseline, or against another variant; None where the paired difference was not scored."""
        for metric, scale in SCALES.items():
            loss = across(self.trainings, partial(self._loss, row=row, metric=metric, other=other), scale)
            if loss is not ABSENT:
                return Loss(metric, row, loss)
        return None

    @property
    def trainings(self) -> list[str]:
        """The model and its replicates."""
        return self.evidence.facts.trainings(self.model)

    def _change(self, model: str, row: pd.Series, metric: str, other: pd.Series | None) -> Estimate:
        """Of one training; differences to two variants come from their own groups, never from two intervals."""
        if other is None:
            return self.evidence.score(model, row["variant"], metric, "difference")
        return self.evidence.between(model, row["variant"], other["variant"], metric)

    def _loss(self, model: str, row: pd.Series, metric: str, other: pd.Series | None) -> Estimate:
        change = self._change(model, row, metric, other)
        if metric == "class_agreement":
            return change.scaled(-100.0)
        return change.scaled(100.0 / self.evidence.score(model, BASELINE, metric).value)
