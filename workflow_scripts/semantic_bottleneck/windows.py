"""At which steps a pruning variant acts, and where its trajectory leaves the baseline. Standard library only."""

from collections.abc import Mapping, Sequence

GRID_POINTS = ("sit-ode", "lightningdit-euler")
"""Samplers whose official step count is the number of points of the time grid, one more than the steps taken."""


def trajectory_steps(sampler: Mapping) -> int:
    """Steps of a trajectory as the pruning windows count them, from a card's `sampler` mapping.

    An adaptive solver (sit-dopri5) is one step: it cannot be entered midway.
    """
    if sampler["name"] == "sit-dopri5":
        return 1
    return sampler["steps"] - 1 if sampler["name"] in GRID_POINTS else sampler["steps"]


def last_steps(steps: int, share: float) -> int:
    """How many steps the window `last` covers when a variant does not say: a share of the trajectory, at least one."""
    return max(1, round(share * steps))


def window_steps(variant: Mapping, steps: int, share: float) -> range:
    """The steps (0 = noisiest) at which a variant prunes; empty for the baseline.

    Args:
        variant: see pruning.py; `window` is every, first or last, `last_steps` overrides the share.
        steps: steps of the whole trajectory.
        share: the study's `generation.last_share`.
    """
    if "side" not in variant:
        return range(0)
    if variant["window"] == "first":
        return range(1)
    if variant["window"] == "last":
        return range(max(0, steps - variant.get("last_steps", last_steps(steps, share))), steps)
    return range(steps)


def snapshot_steps(steps: int, shares: Sequence[float]) -> list[int]:
    """The steps before which the trunk leaves a snapshot: one per share of the trajectory already run."""
    return [steps - last_steps(steps, 1 - share) for share in shares]


def fork(variant: Mapping, steps: int, share: float, shares: Sequence[float]) -> int | None:
    """Index into `shares` of the latest snapshot at or before the variant's first pruned step; None to start from noise."""
    first = window_steps(variant, steps, share).start
    usable = [(step, index) for index, step in enumerate(snapshot_steps(steps, shares)) if 0 < step <= first]
    return max(usable)[1] if usable else None
