"""Tables 1, 4 and 5: similarity and sparsity of the conditional vectors at the noisiest step."""

from collections.abc import Sequence

import pandas as pd

from semantic_bottleneck.reporting.core.facts import ReportFacts
from semantic_bottleneck.reporting.core.inputs import final_geometry
from semantic_bottleneck.reporting.core.published import Published
from semantic_bottleneck.reporting.core.table import Beside, CellMaker, Table
from semantic_bottleneck.uncertainty.estimates import ABSENT, estimate_from

TABLE1_METRICS = ("dimension", "participation_ratio", "normalized_participation_ratio_percent", "cosine_similarity")
TABLE4_METRICS = ("cosine_similarity", "normalized_participation_ratio_percent")
VARIANTS = {"c": "y+t", "y": "y"}
"""Kind of vector -> the paper's name of the column group (for AudioLDM c is [t, y], printed in the same place)."""

DEFINITIONS = (
    "nPR is the participation ratio divided by the number of dimensions (Eq. 1), averaged over conditions; "
    "cosine similarity is the mean over unordered pairs of distinct conditions. "
    "A vector of independent Gaussian entries has an nPR of 63.7 %."
)


def build_table1(geometry: pd.DataFrame, models: Sequence[str], study: ReportFacts, published: Published) -> Table:
    """Dimension, PR, nPR and cosine similarity of c at the initial step, one row per model.

    Args:
        geometry: rows of `inputs.read_geometry`; a model without rows gets "not run" cells.
        models: rows, in order.
    """
    return _build(
        "table1", "Similarity and sparsity of c at the initial step", ("c",), TABLE1_METRICS, geometry, models, study, published
    )


def build_table4(geometry: pd.DataFrame, models: Sequence[str], study: ReportFacts, published: Published) -> Table:
    """Cosine similarity and nPR of c = y + t and of y alone, class-conditional models."""
    title = "With and without the timestep: c = y + t against y alone"
    return _build("table4", title, ("c", "y"), TABLE4_METRICS, geometry, models, study, published)


def build_table5(geometry: pd.DataFrame, models: Sequence[str], study: ReportFacts, published: Published) -> Table:
    """As Table 4, for models with continuous conditions (pose, video, text)."""
    title = "With and without the timestep, continuous conditions"
    return _build("table5", title, ("c", "y"), TABLE4_METRICS, geometry, models, study, published)


def _build(
    name: str,
    title: str,
    kinds: Sequence[str],
    metrics: Sequence[str],
    geometry: pd.DataFrame,
    models: Sequence[str],
    study: ReportFacts,
    published: Published,
) -> Table:
    maker = CellMaker(name, study)
    cells, counts = [], {}
    for model in models:
        compared = study.compares_with.get(model, model)
        for kind in kinds:
            rows = final_geometry(geometry, model, kind, study.initial_timesteps[model])
            for metric in metrics:
                estimate = estimate_from(rows.loc[metric]) if metric in rows.index else ABSENT
                if metric == "cosine_similarity" and estimate is not ABSENT:
                    counts[model] = estimate.n
                cells.append(
                    maker.cell(
                        row=study.title(model),
                        model=model,
                        variant=VARIANTS[kind],
                        metric=metric,
                        estimate=estimate,
                        beside=Beside(
                            published.lookup(name, compared, VARIANTS[kind], metric), compared, study.same_model(model)
                        ),
                        group="" if len(kinds) == 1 else VARIANTS[kind].replace("+", " + "),
                        note="" if estimate is not ABSENT else "not measured",
                    )
                )
    footnotes = [DEFINITIONS]
    if counts:
        footnotes.append("Conditions: " + ", ".join(f"{study.title(model)} {n:,.0f}" for model, n in counts.items()) + ".")
    return maker.table_of(title, cells, footnotes)
