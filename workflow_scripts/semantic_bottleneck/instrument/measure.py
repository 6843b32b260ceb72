"""The numbers of Table 1, with intervals, of a network in memory."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from semantic_bottleneck.conditioning.vectors import conditional_vectors
from semantic_bottleneck.geometry.rows import Row, describe, describe_shares, sets_at
from semantic_bottleneck.instrument.networks import Given, conditioner_of, conditions_for, layout_for, network_of


def measure(network: Any, conditions: Given = None, timesteps: Sequence[float] = (), **architecture: Any) -> list[Row]:
    """The geometry of c, SiLU(c) and t at every timestep, and of y: what the workflow's geometry files hold, and the shares of
    small and large entries of c.

    Args:
        network: a diffusers pipeline, its transformer, or a network of ours.
        conditions: see `networks.conditions_for`. Where nothing of the condition enters c there is one vector for all, and no
            similarity.
        timesteps: as the network takes them, such as (999, 500, 0) for DiT and (1.0, 0.5) for Flux.
        architecture: see `networks.conditioner_of`.

    Returns:
        Dicts of kind, timestep (NaN for y), metric, value, low, high, standard_error, method and n; intervals are delete-one
        jackknives over conditions, 95 %.

    Raises:
        UserError: a network that is not known here; conditions that are needed and not given.
    """
    module = network_of(network)
    layout, conditioner = layout_for(module), conditioner_of(module, **architecture)
    inputs = conditions_for(conditioner, conditions, "the condition" if layout is None else layout.enters)
    vectors = conditional_vectors(conditioner, list(timesteps), inputs)
    rows: list[Row] = []
    if "y" in vectors and len(timesteps):
        rows += [{"kind": "y", "timestep": np.nan} | row for row in describe(vectors["y"])]
    for timestep, c, t in zip(timesteps, vectors["c"], vectors["t"], strict=True):
        for kind, values in sets_at(c, t[None]):
            rows += [{"kind": kind, "timestep": float(timestep)} | row for row in describe(values)]
        rows += [{"kind": "c", "timestep": float(timestep)} | row for row in describe_shares(c)]
    return rows
