"""Which rows of the geometry files are shown: the last checkpoint's at the initial step, and those along a training."""

from collections.abc import Mapping, Sequence

import pandas as pd

from semantic_bottleneck.reporting.core.measures import Measures


def final_geometry(geometry: Measures, initial_timesteps: Mapping[str, float]) -> Measures:
    """Of each model and kind of vector the last checkpoint's rows (training_step -1 for an official one) nearest to the model's
    initial timestep, one for each metric.

    The condition embedding y has no timestep (NaN): its only rows are taken. The last training checkpoint may also be
    among the rows as the final one; the first of equals is taken.
    """
    parts = []
    for (model, _), rows in geometry.frame.groupby(["model", "kind"], sort=False):
        last = rows[rows["training_step"] == rows["training_step"].max()]
        parts.append(at_timestep(last, initial_timesteps[model]).drop_duplicates("metric"))
    return Measures(pd.concat(parts) if parts else geometry.frame)


def training_curve(
    geometry: Measures, models: Sequence[str], kind: str, metric: str, initial_timesteps: Mapping[str, float]
) -> pd.DataFrame:
    """Mean, least and largest value over `models` (training seeds) at the initial timestep, by training step.

    Args:
        geometry: rows of all checkpoints; official ones (training_step -1) are left out.

    Returns:
        Columns training_step, mean, min and max; empty where nothing was measured.
    """
    rows = geometry.only(model=list(models), kind=kind, metric=metric).frame
    initial_rows = [
        at_timestep(group, initial_timesteps[model]).head(1)
        for (model, _), group in rows[rows["training_step"] >= 0].groupby(["model", "training_step"], sort=True)
    ]
    if not initial_rows:
        return pd.DataFrame(columns=["training_step", "mean", "min", "max"])
    return pd.concat(initial_rows).groupby("training_step")["value"].agg(["mean", "min", "max"]).reset_index()


def at_timestep(rows: pd.DataFrame, timestep: float) -> pd.DataFrame:
    """The rows whose timestep is nearest to `timestep`; rows without one (NaN) count as nearest."""
    distance = (rows["timestep"] - timestep).abs().fillna(0.0)
    return rows[distance == distance.min()]
