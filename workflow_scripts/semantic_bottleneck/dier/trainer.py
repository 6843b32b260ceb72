"""Train one run to its end; it can be killed and continued."""

import shutil
from pathlib import Path

import numpy as np
from tqdm import tqdm

from semantic_bottleneck.dier.run import LOG, DierRun
from semantic_bottleneck.files import parquet
from semantic_bottleneck.files.containers import save_tensors
from semantic_bottleneck.job.stopping import asked, held


def train_run(run: DierRun, weights: str | Path, log: str | Path, work: str | Path, name: str, save_every: int = 500) -> None:
    """Train `run` and write its averaged weights and its log.

    `weights`: {"average": state dict, "steps": updates made}. `log`: step int64 from 1, loss, learning_rate, gradient_norm,
    encoder_gradient_norm float64; it ends early, with a loss that is not finite, if the run diverged. Until the end the
    state is kept in the folder `work` every `save_every` updates and when the job is asked to end; a call that finds it
    continues there, and on a CPU its files equal an uninterrupted run's byte for byte.
    """
    steps, state = run.settings.steps, Path(work) / "train_state.pt"
    run.restore(state)
    with tqdm(total=steps, initial=run.step, desc=name, unit="step", mininterval=1.0) as progress:
        while run.step < steps and not run.diverged:
            with held():
                run.update()
                progress.update()
                if (run.step % save_every == 0 or asked()) and run.step < steps:
                    run.save(state)
    save_tensors(weights, {"average": run.average.state_dict(), "steps": run.step})
    parquet.write(log, {column: np.array(run.log[column]) for column in LOG}, {"run": name, "diverged": str(run.diverged)})
    shutil.rmtree(work, ignore_errors=True)
