"""One quantity over the training of one model, or of several that differ in their seed."""

from collections.abc import Sequence

import pandas as pd

from semantic_bottleneck.reporting.core.facts import ReportFacts
from semantic_bottleneck.reporting.core.inputs import at_timestep


def training_curve(geometry: pd.DataFrame, models: Sequence[str], kind: str, metric: str, study: ReportFacts) -> pd.DataFrame:
    """Mean, least and largest value over `models` (training seeds) at the initial timestep, by training step.

    Args:
        geometry: rows of `inputs.read_geometry` of all checkpoints; official ones (training_step -1) are left out.

    Returns:
        Columns training_step, mean, min and max; empty where nothing was measured.
    """
    rows = geometry[
        geometry["model"].isin(models)
        & (geometry["kind"] == kind)
        & (geometry["metric"] == metric)
        & (geometry["training_step"] >= 0)
    ]
    chosen = [
        at_timestep(group, study.initial_timesteps[model]).head(1)
        for (model, _), group in rows.groupby(["model", "training_step"], sort=True)
    ]
    if not chosen:
        return pd.DataFrame(columns=["training_step", "mean", "min", "max"])
    return pd.concat(chosen).groupby("training_step")["value"].agg(["mean", "min", "max"]).reset_index()
