"""The controls that the paper lacks, each below the pruning of the paper that removes as many dimensions."""

from collections.abc import Iterator

import pandas as pd

from semantic_bottleneck.reporting.core.facts import ReportFacts
from semantic_bottleneck.reporting.core.table import CellMaker, Table
from semantic_bottleneck.reporting.core.wording import variant_title
from semantic_bottleneck.reporting.paper.tables.pruning import SAME_SHARE, exact
from semantic_bottleneck.uncertainty.estimates import ABSENT, find_score

NAME = "controls"
METRICS = ("class_agreement", "fid", "clip_score")
FOOTNOTES = (
    "Each control stands below the pruning of the paper (τ on |c|, set to zero) that removes as many dimensions at the same "
    "steps: as many dimensions drawn at random, the class mean instead of zero, or a ranking by |SiLU(c)|.",
    "Δ is the paired difference to the unpruned model, with its 95 % interval.",
)


def build_controls(scores: pd.DataFrame, variants: pd.DataFrame, study: ReportFacts) -> Table | None:
    """One block of rows per judged model; None where no control was scored.

    Args:
        scores, variants: rows of `inputs.read_scores` and `inputs.read_variants`.
    """
    maker, cells = CellMaker(NAME, study), []
    metrics = [metric for metric in METRICS if metric in set(scores["metric"])]
    for model in study.judged():
        scored = set(scores.loc[scores["model"] == model, "variant"])
        known = variants[(variants["model"] == model) & variants["variant"].isin(scored)]
        for row in _pairs(known):
            common = {"row": variant_title(row), "model": model, "variant": row["variant"], "section": study.title(model)}
            share = exact(row["removed_percent"], row)
            cells.append(maker.cell(metric="removed_percent", estimate=share, **common))
            for metric in metrics:
                found = find_score(scores, model, row["variant"], metric)
                difference = find_score(scores, model, row["variant"], metric, "difference")
                note = "not scored" if found is ABSENT else ""
                cells.append(maker.cell(metric=metric, estimate=found, difference=difference, note=note, **common))
    return maker.table_of("Controls that the paper lacks", cells, list(FOOTNOTES)) if cells else None


def _pairs(known: pd.DataFrame) -> Iterator[pd.Series]:
    """Each pruning of the paper that has controls, followed by them; controls without a counterpart come last."""
    own = known["side"].isin(("tail", "head")) & (known["magnitude"] == "c") & (known["replacement"] == "zero")
    plain, controls = known[own], known[~own & known["side"].isin(("tail", "head", "random"))]
    left = set(controls.index)
    for _, row in plain.iterrows():
        near = (controls["window"] == row["window"]) & (
            (controls["removed_percent"] - row["removed_percent"]).abs() <= SAME_SHARE
        )
        near &= controls["side"].isin((row["side"], "random")) & controls.index.isin(left)
        if near.any():
            yield row
            yield from (control for _, control in controls[near].iterrows())
            left -= set(controls[near].index)
    yield from (control for index, control in controls.iterrows() if index in left)
