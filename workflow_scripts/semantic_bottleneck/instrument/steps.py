"""Which step of a trajectory a call of the network belongs to."""

from semantic_bottleneck.errors import UserError


class Steps:
    """Counts a trajectory's evaluations by their distinct timesteps, whatever makes the calls.

    Calls at one timestep, as of the two branches of guidance, are one step. A timestep that turns back begins a new trajectory,
    so that one context may hold several.
    """

    def __init__(self, total: int | None = None) -> None:
        """`total`: steps of a whole trajectory, None where nobody needs it."""
        self.total = total
        self.step, self.trajectory = -1, 0
        self._seen: list[float] = []

    def at(self, timestep: float) -> int:
        """The step of a call at this timestep, 0 being the first.

        Raises:
            UserError: a trajectory has more steps than was said.
        """
        if not self._seen or timestep != self._seen[-1]:
            if len(self._seen) > 1 and (timestep > self._seen[-1]) != (self._seen[-1] > self._seen[-2]):
                self._seen = []
                self.trajectory += 1
            self._seen.append(timestep)
            self.step = len(self._seen) - 1
        if self.total is not None and self.step >= self.total:
            raise UserError(f"A trajectory has more than {self.total} distinct timesteps; correct steps of pruned().")
        return self.step
