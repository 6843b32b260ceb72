"""Tables of the mechanism page: what every arm ends with, and what pruning costs it."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from semantic_bottleneck.reporting.core.table import CellMaker, Table
from semantic_bottleneck.reporting.mechanism.evidence import (
    AGREEMENT,
    BASELINE,
    COSINE,
    EARLY,
    LAST_UPDATES,
    NORM,
    NPR,
    Arm,
    MechanismEvidence,
    over_trainings,
)
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate

GEOMETRY = {
    "dynamics_cosine_c": ("c", COSINE),
    "mechanism_cosine_y": ("y", COSINE),
    "dynamics_npr_c": ("c", NPR),
    "dynamics_npr_t": ("t", NPR),
    "dynamics_npr_y": ("y", NPR),
    "dynamics_norm_t": ("t", NORM),
    "dynamics_norm_y": ("y", NORM),
}
"""Column -> kind and metric of the geometry files."""
SEEDS = (
    "Means over trainings with 95 % intervals (Student t). Of an arm trained once they are over its samples and say nothing of "
    "other trainings."
)


def build_mechanism_arms(evidence: MechanismEvidence) -> Table:
    """Every arm, unpruned, with its paired difference to the base."""
    maker, cells, base = CellMaker("mechanism_arms"), [], evidence.of("base")
    for arm in evidence.arms:
        for column, estimate, difference in _ends(evidence, arm, base):
            shown: dict[str, Any] = {"row": arm.title, "model": arm.name, "variant": BASELINE, "metric": column}
            cells.append(maker.cell(estimate=estimate, difference=difference, **shown))
    footnotes = [
        f"{SEEDS} Training k of every arm sees the same pictures and noise; Δ is the mean of paired differences to "
        f"{base.title if base else 'the base'}.",
        f"Losses are means over {LAST_UPDATES} updates, up to update {EARLY:,} and at the end. Vectors are those at t = 1. The "
        "Fréchet distance is in the judge's features and depends on the number of classes.",
    ]
    return maker.table_of("What every arm ends with", cells, footnotes)


def build_mechanism_pruning(evidence: MechanismEvidence) -> Table:
    """Class agreement that each variant leaves, and its difference from the unpruned samples of the same trainings."""
    maker, cells = CellMaker("mechanism_pruning"), []
    for arm in evidence.arms:
        for variant in (BASELINE, *evidence.variants):
            scores = partial(over_trainings, evidence.scores, arm, variant=variant)
            value, difference = (scores(quantity=each, metric=AGREEMENT) for each in ("value", "difference"))
            shown: dict[str, Any] = {
                "section": arm.title,
                "row": variant,
                "model": arm.name,
                "variant": variant,
                "metric": AGREEMENT,
            }
            cells.append(maker.cell(estimate=value, difference=difference, **shown))
            distance = scores(quantity="value", metric="fid")
            cells.append(maker.cell(estimate=distance, **(shown | {"metric": "mechanism_distance"})))
    return maker.table_of("What pruning costs every arm", cells, [SEEDS])


def _ends(evidence: MechanismEvidence, arm: Arm, base: Arm | None) -> Iterator[tuple[str, Estimate, Estimate]]:
    """Column, mean over trainings, and mean paired difference to the base."""
    columns = {column: (evidence.geometry, {"kind": kind, "metric": metric}) for column, (kind, metric) in GEOMETRY.items()}
    losses = {f"mechanism_loss_{when}": (evidence.losses, {"when": when}) for when in ("early", "last")}
    scored = {
        column: (evidence.scores, {"variant": BASELINE, "metric": metric, "quantity": "value"})
        for column, metric in ((AGREEMENT, AGREEMENT), ("mechanism_distance", "fid"))
    }
    for column, (measures, keys) in (losses | scored | columns).items():
        difference = ABSENT
        if base is not None and arm is not base:
            difference = measures.paired({"arm": arm.name}, {"arm": base.name}, "seed", **keys)
        yield column, over_trainings(measures, arm, **keys), difference
