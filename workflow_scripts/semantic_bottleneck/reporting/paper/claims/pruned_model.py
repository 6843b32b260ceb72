"""What pruning costs one model: its variants, and the loss of each against the baseline."""

import math
from dataclasses import dataclass

import pandas as pd

from semantic_bottleneck.reporting.core.facts import BASELINE
from semantic_bottleneck.reporting.core.wording import variant_title
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.kinds import as_published
from semantic_bottleneck.reporting.paper.shares import PAPER_SHARE
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate

FREE = {"class_agreement": 2.0, "fid": 5.0}
"""Largest loss that counts as none: points of class agreement, percent of the baseline's FID."""
DAMAGED = {"class_agreement": 10.0, "fid": 50.0}
"""Smallest loss that counts as damage."""


@dataclass(frozen=True)
class Loss:
    """How much worse a variant is than its baseline (positive: worse), in the unit of FREE."""

    metric: str
    row: pd.Series
    estimate: Estimate

    def words(self) -> str:
        """The loss with its interval, as a clause."""
        label = "points of class agreement" if self.metric == "class_agreement" else "% of the baseline's FID"
        low, high = self.estimate.ends()
        verb = "costs" if self.estimate.value >= 0 else "gains"
        sign = 1 if self.estimate.value >= 0 else -1
        ends = sorted((sign * low, sign * high))
        shown = f" [{ends[0]:.2f} to {ends[1]:.2f}]".replace("-", "−") if low != high else ""
        return f"{variant_title(self.row)} {verb} {abs(self.estimate.value):.2f}{shown} {label}"


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

    def change(self, row: pd.Series, metric: str) -> Estimate:
        """The paired difference of a variant to the baseline."""
        return self.evidence.score(self.model, row["variant"], metric, "difference")

    def loss(self, row: pd.Series) -> Loss | None:
        """None where the paired difference was not scored."""
        for metric in FREE:
            difference = self.change(row, metric)
            if difference is ABSENT:
                continue
            if metric == "class_agreement":
                return Loss(metric, row, difference.scaled(-100.0))
            baseline = self.evidence.score(self.model, BASELINE, metric).value
            return Loss(metric, row, difference.scaled(100.0 / baseline))
        return None
