"""From wherever a run stands to its last step: things left behind along the way, and a state to continue from."""

import logging
import time
from collections.abc import Callable, Collection
from pathlib import Path

from tqdm import tqdm

from semantic_bottleneck.job.stopping import asked, held
from semantic_bottleneck.training.run import TrainingRun

logger = logging.getLogger(__name__)

STATE = "train_state.pt"


def run_to_end(
    begin: Callable[[], TrainingRun],
    work: Path,
    stops: Collection[int],
    leave: Callable[[TrainingRun, Path], None],
    name: Callable[[int], str],
    save_every: int | None = None,
) -> TrainingRun:
    """Make every update that is still missing; returns the run after its last step.

    After each number of updates in `stops` (0 = untrained) `leave` writes a file called `name(step)` in `work`, atomically.
    Every `save_every` updates (the card's by default), and when the job is asked to end, the whole state is saved there,
    atomically. A call that finds a state of this very run continues from it, and on a CPU the files equal an uninterrupted
    run's byte for byte, wherever it was killed: nothing that follows depends on anything but the state and the step.

    Args:
        begin: makes the run at step 0. In a team every process calls this function and only the first one writes.
    """
    run = begin()
    state, last = work / STATE, run.settings.steps
    save_every = save_every or run.settings.save_every
    run.restore(state)
    if not all((work / name(step)).exists() for step in stops if step < run.step):
        run = begin()  # other files are wanted now than when the run was cut off
    run.team.wait()  # nobody may write before everybody has read
    first, started, writes = run.step, time.monotonic(), run.team.rank == 0
    bar = tqdm(total=last, initial=run.step, desc=run.card.name, unit="step", mininterval=1.0, disable=not writes)
    with bar as progress:
        while True:
            if run.step in stops and writes:
                leave(run, work / name(run.step))
            if run.step % save_every == 0 and 0 < run.step < last and writes:
                run.save(state)
            if run.step == last:
                break
            with held():
                run.update()
                progress.update()
                if asked() and run.step < last and writes:
                    run.save(state)
    if last > first:
        rate = (last - first) / max(time.monotonic() - started, 1e-9)
        logger.info("%s: %d updates, %.2f per second", run.card.name, last - first, rate)
    return run
