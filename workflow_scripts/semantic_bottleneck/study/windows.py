"""At which steps a pruning variant acts, and where its trajectory leaves the baseline. Standard library only."""

from collections.abc import Mapping, Sequence


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
    # 1 - 0.9 is a little less than 0.1, which would round to another step than the window `last` of that share.
    return [steps - last_steps(steps, round(1 - share, 12)) for share in shares]


def fork(variant: Mapping, steps: int, share: float, shares: Sequence[float]) -> int | None:
    """Index into `shares` of the latest snapshot at or before the variant's first pruned step; None to start from noise."""
    first = window_steps(variant, steps, share).start
    usable = [(step, index) for index, step in enumerate(snapshot_steps(steps, shares)) if 0 < step <= first]
    return max(usable)[1] if usable else None
