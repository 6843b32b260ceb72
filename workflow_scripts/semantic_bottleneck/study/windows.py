"""At which steps a variant prunes, and where its trajectory leaves the baseline. Standard library only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Window:
    """A part of the trajectory; `last_steps` is the length of the window `last`, None for the study's share.

    `first` is one step; `early` is as many steps from the start as the study's share of the trajectory, so as many as `last`.
    """

    kind: Literal["every", "first", "early", "last"]
    last_steps: int | None

    def steps(self, total: int, share: float) -> range:
        """The steps of the window, 0 being the noisiest.

        Args:
            total: steps of the whole trajectory.
            share: the study's `generation.last_share`.
        """
        match self.kind:
            case "every":
                return range(total)
            case "first":
                return range(1)
            case "early":
                return range(last_steps(total, share))
            case "last":
                length = last_steps(total, share) if self.last_steps is None else self.last_steps
                return range(max(0, total - length), total)


def last_steps(steps: int, share: float) -> int:
    """How many steps `early` and `last` cover when a variant does not say: a share of the trajectory, at least one."""
    return max(1, round(share * steps))


def snapshot_steps(steps: int, shares: Sequence[float]) -> list[int]:
    """The steps before which the trunk leaves a snapshot: one per share of the trajectory already run."""
    # 1 - 0.9 is a little less than 0.1, which would round to another step than the window `last` of that share.
    return [steps - last_steps(steps, round(1 - share, 12)) for share in shares]


def fork(first: int, steps: int, shares: Sequence[float]) -> int | None:
    """Index into `shares` of the latest snapshot at or before the first pruned step; None to start from noise."""
    usable = [(step, index) for index, step in enumerate(snapshot_steps(steps, shares)) if 0 < step <= first]
    return max(usable)[1] if usable else None
