"""Tables of the dynamics page: where each variant ends, and how the base gets there."""

from typing import Any

from semantic_bottleneck.reporting.core.table import CellMaker, Table
from semantic_bottleneck.reporting.dynamics.evidence import COSINE, DEAD, LAST_UPDATES, NORM, NPR, DynamicsEvidence
from semantic_bottleneck.uncertainty.estimates import ABSENT

COLUMNS = {
    "dynamics_cosine_c": ("c", COSINE),
    "dynamics_cosine_batch": ("batch_c", COSINE),
    "dynamics_npr_c": ("c", NPR),
    "dynamics_npr_silu_c": ("silu_c", NPR),
    "dynamics_npr_t": ("t", NPR),
    "dynamics_npr_y": ("y", NPR),
    "dynamics_norm_t": ("t", NORM),
    "dynamics_norm_y": ("y", NORM),
    "dynamics_dead": ("c", DEAD),
}
"""Column -> kind and metric of the geometry files."""
LOSS = "dynamics_loss"


def build_ablations(evidence: DynamicsEvidence) -> Table:
    """Every variant at its last step, with the paired difference to the base."""
    maker, cells = CellMaker("ablations"), []
    base = evidence.base
    columns = {
        **{column: (evidence.last, {"kind": kind, "metric": metric}) for column, (kind, metric) in COLUMNS.items()},
        LOSS: (evidence.losses, {}),
    }
    for variant in evidence.variants:
        common: dict[str, Any] = {"row": variant.level or variant.title, "model": base.name, "variant": variant.name}
        common["section"] = variant.factor or "base"
        for column, (measures, keys) in columns.items():
            value = measures.over(variant=variant.name, **keys)
            difference = measures.paired({"variant": variant.name}, {"variant": base.name}, "seed", **keys)
            difference = ABSENT if variant is base else difference
            cells.append(maker.cell(metric=column, estimate=value, difference=difference, **common))
    settings = ", ".join(f"{factor} {level}" for factor, level in evidence.levels.items())
    footnotes = [
        f"Base: {settings}. Values after the last update, mean over timesteps; intervals are 95 %, Student t over "
        f"{len(evidence.loss(base.name))} seeds. Replicate k of every variant starts from the same weights (where shapes "
        "allow) and sees the same images and noise, so Δ is the mean of paired differences to the base.",
        f"The loss is the mean over the last {LAST_UPDATES} logged updates; losses of different objectives or "
        f"sets of timesteps "
        "cannot be compared.",
    ]
    return maker.table_of("Where each variant ends", cells, footnotes)


def build_trajectory(evidence: DynamicsEvidence) -> Table:
    """The base at every checkpoint."""
    maker, cells, base = CellMaker("trajectory"), [], evidence.base.name
    for step in sorted(evidence.measures.only(variant=base).frame["step"].unique()):
        at_step = evidence.measures.only(variant=base, step=step)
        for column, (kind, metric) in COLUMNS.items():
            value = at_step.over(kind=kind, metric=metric)
            cells.append(maker.cell(row=f"step {step:,}", model=base, variant=str(step), metric=column, estimate=value))
    footnote = "Step 0 is the initialisation. Intervals are 95 %, Student t over seeds."
    return maker.table_of("The base along its training", cells, [footnote])
