"""A network whose conditional vector is pruned for a while."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.instrument.calls import Calls, Half, hook_diffusers, hook_own
from semantic_bottleneck.instrument.networks import Given, conditioner_of, conditions_for, layout_for, network_of
from semantic_bottleneck.instrument.steps import Steps
from semantic_bottleneck.instrument.vectors import GivenVectors
from semantic_bottleneck.sampling.edits import edit_at
from semantic_bottleneck.study.pruning import Pruning, Quantile
from semantic_bottleneck.study.windows import Window

LONGEST, LARGEST = 100_000, 1 << 31
"""Steps of a trajectory where nobody says how many; samples of one context, which all share a random choice of dimensions."""


@contextmanager
def pruned(
    network: Any,
    pruning: Pruning,
    *,
    window: Literal["every", "first", "last"] | range | None = None,
    steps: int | None = None,
    last_share: float = 0.1,
    conditions: Given = None,
    timesteps: Sequence[float] = (),
    unconditional: Half = None,
    draws: Sequence[int] | np.ndarray | None = None,
    **architecture: Any,
) -> Iterator[Steps]:
    """Within the context every layer of the network that takes c takes it pruned, as the workflow's variants do.

    Args:
        network: a diffusers pipeline, its transformer, or a network of ours, called as network(x, t, y).
        pruning: such as `Pruning.tail(tau=0.01)`.
        window: in place of the pruning's own; a range names the steps themselves, 0 being the noisiest. A step is a distinct
            timestep (see `Steps`), so a solver that evaluates the network twice in a step takes two.
        steps: of a whole trajectory; the window `last` needs it.
        last_share: the part of the trajectory that the window `last` covers where its length is not said.
        conditions: see `networks.conditions_for`; means and variances are over them where text enters c (else all classes).
            Sample i, counted over trajectories, is taken to have condition i.
        timesteps: grid that starts at the initial timestep, for quantiles and variances over time.
        unconditional: the half of a guided batch that holds the null (negative) prompts where text enters c: in diffusers'
            pipelines the first. Null labels are known by their number.
        draws: of each sample, counted over trajectories, the number of its random choice of dimensions; without it all share
            one.
        architecture: see `networks.conditioner_of`.

    Yields:
        The count of steps.

    Raises:
        UserError: an unknown network; what the pruning needs and was not given; within the context, a call with several
            timesteps.
    """
    module = network_of(network)
    layout, conditioner = layout_for(module), conditioner_of(module, **architecture)
    enters = "the condition" if layout is None else layout.enters
    has_classes = getattr(conditioner, "num_classes", None) is not None
    if isinstance(pruning.criterion, Quantile) or pruning.ranked_by == "time-variance":
        _need(timesteps, "timesteps", "the initial one and, for a variance over time, a grid of others")
    if pruning.branch == "conditional" and layout is not None and enters and not has_classes:
        _need(unconditional, "unconditional", "the half of a guided batch that holds the null prompts")
    given = None if has_classes else conditions
    known = has_classes or not enters or conditions is not None
    vectors = GivenVectors(conditioner, conditions_for(conditioner, given, enters) if known else None, enters)
    chosen = _window(pruning, window, steps, last_share)
    count = Steps(steps)
    groups = np.broadcast_to(np.int64(0), LARGEST) if draws is None else np.asarray(draws, dtype=np.int64)
    edits = edit_at(conditioner, vectors, list(timesteps) or [np.nan], pruning, chosen, groups)
    calls = Calls(edits, count, getattr(conditioner, "null_label", None))
    handles = hook_own(module, calls) if layout is None else hook_diffusers(module, layout, unconditional, calls)
    try:
        yield count
    finally:
        for handle in handles:
            handle.remove()


def _window(
    pruning: Pruning, window: Literal["every", "first", "last"] | range | None, steps: int | None, last_share: float
) -> range:
    """The steps at which c is pruned; of an unknown number of steps those from the first on."""
    if isinstance(window, range):
        return window
    meant = pruning.window if window is None else Window(window, None)
    if meant.kind == "last":
        _need(steps, "steps", "how many a trajectory has")
    return meant.steps(LONGEST if steps is None else steps, last_share)


def _need(given: object, name: str, what: str) -> None:
    if given is None or given == ():
        raise UserError(f"This pruning needs {name}: {what}; give it to pruned().")
