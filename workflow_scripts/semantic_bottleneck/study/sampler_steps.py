"""How many steps each sampler takes: samplers and pruning windows both ask here. Standard library only."""

from collections.abc import Mapping
from typing import Any

from semantic_bottleneck.study.respacing import kept_steps

LAST_STEP = "mean"
"""What sit-sde ends with unless its card says otherwise."""
KEPT = ("ddpm", "ddim")
"""`steps` says which steps of the chain are kept."""
CALLS = ("repa-ode", "repa-sde", "dpm-solver++")
"""`steps` counts the steps."""
GRID_POINTS = ("sit-ode", "sit-sde", "lightningdit-euler")
"""`steps` counts the points of the time grid, as officially, one more than the steps between them."""
ADAPTIVE = ("sit-dopri5",)
"""One step, which cannot be entered midway and whose number of evaluations depends on the network."""


def trajectory_steps(sampler: Mapping[str, Any]) -> int:
    """Steps of a whole trajectory, of a card's `sampler` mapping: so often `advance` is called."""
    name = sampler["name"]
    if name in ADAPTIVE:
        return 1
    if name in KEPT:
        return len(kept_steps(sampler["steps"]))
    if name in CALLS:
        return sampler["steps"]
    between = sampler["steps"] - 1
    ends = name == "sit-sde" and sampler.get("last_step", LAST_STEP) is not None  # one more, from the last point of its grid
    return between + 1 if ends else between
