"""Tables of the dynamics page: where each variant ends, and how the base gets there."""

from typing import Any

import pandas as pd

from semantic_bottleneck.reporting.core.facts import ReportFacts
from semantic_bottleneck.reporting.core.table import CellMaker, Table
from semantic_bottleneck.reporting.dynamics.results import COSINE, DEAD, LAST_UPDATES, NORM, NPR, Results, estimate, of_variants
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


def build_ablations(results: Results, study: ReportFacts) -> Table:
    """Every variant at its last step, with the paired difference to the base."""
    maker, cells = CellMaker("ablations", study), []
    base = results.base
    for variant in results.variants:
        paired = variant is not base
        common: dict[str, Any] = {"row": variant.level or variant.title, "model": base.name, "variant": variant.name}
        common["section"] = variant.factor or "base"
        own, both = (of_variants(results.measured, *names) for names in ([variant.name], [variant.name, base.name]))
        for column, (kind, metric) in COLUMNS.items():
            ours = results.final(variant.name, kind, metric)
            difference = estimate(ours - results.final(base.name, kind, metric), both) if paired else ABSENT
            cells.append(maker.cell(metric=column, estimate=estimate(ours, own), difference=difference, **common))
        own, both = (of_variants(results.logged, *names) for names in ([variant.name], [variant.name, base.name]))
        ours = results.loss(variant.name)
        difference = estimate(ours - results.loss(base.name), both) if paired else ABSENT
        cells.append(maker.cell(metric=LOSS, estimate=estimate(ours, own), difference=difference, **common))
    settings = ", ".join(f"{factor} {level}" for factor, level in results.levels.items())
    footnotes = [
        f"Base: {settings}. Values after the last update, mean over timesteps; intervals are 95 %, Student t over "
        f"{len(results.loss(base.name))} seeds. Replicate k of every variant starts from the same weights (where shapes "
        "allow) and sees the same images and noise, so Δ is the mean of paired differences to the base.",
        f"The loss is the mean over the last {LAST_UPDATES} logged updates; losses of different objectives or "
        f"sets of timesteps "
        "cannot be compared.",
    ]
    return maker.table_of("Where each variant ends", cells, footnotes)


def build_trajectory(results: Results, study: ReportFacts) -> Table:
    """The base at every checkpoint."""
    maker, cells = CellMaker("trajectory", study), []
    base = results.base.name
    files = of_variants(results.measured, base)
    curves = {column: results.curve(base, *place) for column, place in COLUMNS.items()}
    for step in next(iter(curves.values())).index:
        for column, curve in curves.items():
            found: pd.Series = curve.loc[step]
            row = f"step {step:,}"
            cells.append(maker.cell(row=row, model=base, variant=str(step), metric=column, estimate=estimate(found, files)))
    footnote = "Step 0 is the initialisation. Intervals are 95 %, Student t over seeds."
    return maker.table_of("The base along its training", cells, [footnote])
