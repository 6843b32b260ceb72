"""The controls that the paper lacks, each below the pruning of the paper that removes as many dimensions."""

from collections.abc import Iterator

import pandas as pd

from semantic_bottleneck.reporting.core.table import CellMaker, Table
from semantic_bottleneck.reporting.core.wording import variant_title
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.footnotes import common_footnotes
from semantic_bottleneck.reporting.paper.kinds import as_published
from semantic_bottleneck.reporting.paper.shares import SAME_SHARE
from semantic_bottleneck.reporting.paper.tables.pruning import exact
from semantic_bottleneck.uncertainty.estimates import ABSENT

NAME = "controls"
METRICS = ("class_agreement", "fid", "clip_score")
FOOTNOTES = (
    "Each control stands below the pruning of the paper (τ on |c|, set to zero) that removes as many dimensions at the same "
    "steps: as many dimensions drawn at random, the class mean instead of zero, or a ranking by |SiLU(c)|.",
    "Δ is the paired difference to the unpruned model, with its 95 % interval.",
)


def build_controls(evidence: PaperEvidence) -> Table | None:
    """One block of rows per judged model; None where no control was scored."""
    facts, variants, scores = evidence.facts, evidence.variants, evidence.scores
    maker, cells = CellMaker(NAME, facts.not_run), []
    for model in facts.judged():
        scored = set(scores.only(model=model).frame["variant"])
        own_variants = variants[(variants["model"] == model) & variants["variant"].isin(scored)]
        for row in _pairs(own_variants):
            common = {"row": variant_title(row), "model": model, "variant": row["variant"], "section": facts.title(model)}
            share = exact(row["removed_percent"], row)
            cells.append(maker.cell(metric="removed_percent", estimate=share, **common))
            for metric in evidence.scored(METRICS):
                value, difference = (
                    evidence.score(model, row["variant"], metric, quantity) for quantity in ("value", "difference")
                )
                note = "not scored" if value is ABSENT else ""
                cells.append(maker.cell(metric=metric, estimate=value, difference=difference, note=note, **common))
    footnotes = [*FOOTNOTES, *common_footnotes(cells, facts)]
    return maker.table_of("Controls that the paper lacks", cells, footnotes) if cells else None


def _pairs(variants: pd.DataFrame) -> Iterator[pd.Series]:
    """Each pruning of the paper that has controls, followed by them; controls without a counterpart come last."""
    own = variants["side"].isin(("tail", "head")) & (variants["ranked_by"] == "magnitude") & as_published(variants)
    plain, controls = variants[own], variants[~own & variants["side"].isin(("tail", "head", "random"))]
    unplaced = set(controls.index)
    for _, row in plain.iterrows():
        near = (controls["window"] == row["window"]) & (
            (controls["removed_percent"] - row["removed_percent"]).abs() <= SAME_SHARE
        )
        near &= controls["side"].isin((row["side"], "random")) & controls.index.isin(unplaced)
        if near.any():
            yield row
            yield from (control for _, control in controls[near].iterrows())
            unplaced -= set(controls[near].index)
    yield from (control for index, control in controls.iterrows() if index in unplaced)
