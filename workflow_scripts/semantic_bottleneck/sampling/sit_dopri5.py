"""SiT's official adaptive solver, torchdiffeq's dopri5, as one indivisible step (docs/sources/sit_family.md, section 5)."""

import torch
import torchdiffeq
from torch import Tensor

from semantic_bottleneck.arrays import Float32
from semantic_bottleneck.sampling.sampler import Noise, Predict, SingleStateSampler
from semantic_bottleneck.study.samplers import SiTDopri5Options


class SiTDopri5(SingleStateSampler):
    """dopri5 with one error norm over the whole batch: the result of a sample depends on the others in its micro-batch.

    So a trajectory is one step without forks. With guidance the official second half takes part in the norm, as it does
    here. A pruned variant chooses other steps than its baseline, so the two differ by more than the pruning and cost
    different numbers of evaluations; sit-ode keeps the steps. The solver calls the network at t > 1 too: it oversteps and
    evaluates its interpolant at 1. The official "250 steps" are output points only and change nothing.
    """

    def __init__(self, options: SiTDopri5Options):
        self.atol, self.rtol = options.atol, options.rtol
        self.times = [0.0]
        self.steps = options.trajectory_steps

    def advance(
        self, k: int, state: Float32[Tensor, "samples channels height width"], predict: Predict, noise: Noise
    ) -> Float32[Tensor, "samples channels height width"]:
        """The whole trajectory from t = 0 to 1; NaN for the samples whose velocity stopped being finite."""
        samples = len(state)

        def velocity(t: Tensor, x: Tensor) -> Tensor:
            found = predict.both(x[:samples], float(t.to(torch.float32)))
            bad = ~torch.isfinite(found).flatten(1).all(dim=1)
            if bad.any():  # the solver would choose a step of NaN, for which nothing is defined
                raise _NotFiniteError(bad.view(-1, samples).any(dim=0))
            return found

        start = torch.cat([state, state]) if predict.is_guided(0.0) else state
        ends = torch.tensor([0.0, 1.0], device=state.device)
        # Tolerances in lists, as in the official call, make torchdiffeq measure the error in float64: other steps follow.
        try:
            path = torchdiffeq.odeint(velocity, start, ends, method="dopri5", atol=[self.atol], rtol=[self.rtol])
        except _NotFiniteError as error:
            return state.masked_fill(error.rows[:, None, None, None], torch.nan)
        return path[-1, :samples]


class _NotFiniteError(Exception):
    """`rows` boolean (n,): the samples whose velocity is not finite."""

    def __init__(self, rows: Tensor):
        super().__init__()
        self.rows = rows
