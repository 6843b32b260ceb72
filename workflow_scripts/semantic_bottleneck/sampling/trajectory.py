"""Trajectories of many samples in fixed micro-batches: the unpruned trunk, and the branches that leave it."""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from semantic_bottleneck.arrays import Float, Float32, Int64
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.job.stopping import held
from semantic_bottleneck.randomness.noise import standard_normal
from semantic_bottleneck.sampling.guidance import Edit, guided
from semantic_bottleneck.sampling.parts import load_part, part_path, save_part
from semantic_bottleneck.sampling.sampler import Sampler
from semantic_bottleneck.study.card import Guidance
from semantic_bottleneck.study.shards import micro_batches

EditAt = Callable[[int], Edit | None]


@dataclass(frozen=True)
class Generation:
    """What trunk and branches of one model share.

    Args:
        network: called as network(x, t, y, edit=...); put on `device` in eval mode.
        guidance: None for none.
        labels_of: sample indices -> int64 tensor (n,) or condition rows (a mapping of tensors with `with_null()`).
        latent_shape: (C, H, W) of one latent.
        seed: the study's; with the sample's index and the step it decides every random number.
        micro_batch: samples [kB, (k + 1)B) always share their network calls.
        parts: folder for finished micro-batches; the caller deletes it once the result is stored.
        fingerprint: part of the file names there; must differ whenever any result would.
        variant: named in error messages and in the progress bar.
        origin: what the network was loaded from, for the metadata of the result; its hash is taken while the network runs.
    """

    network: nn.Module
    sampler: Sampler
    guidance: Guidance | None
    labels_of: Callable[[Sequence[int]], Any]
    latent_shape: tuple[int, ...]
    seed: int
    micro_batch: int
    parts: Path
    fingerprint: str
    device: str = "cpu"
    variant: str = "baseline"
    origin: Future[dict[str, str]] | None = None

    def named(self, variant: str) -> Self:
        """The same model for another variant of one job, whose finished micro-batches lie beside the others'."""
        return replace(self, variant=variant, parts=self.parts / variant)


@dataclass(frozen=True)
class Trajectories:
    """Row i belongs to samples[i].

    Attributes:
        latents: float32 (n, C, H, W).
        snapshots: step -> state before that step, in the sampler's dtype, (n, ...).
        evaluations: rows given to the network, over all calls that made these results (also before a restart).
    """

    samples: Int64[np.ndarray, " samples"]
    latents: Float32[np.ndarray, "samples ..."]
    snapshots: dict[int, Float[np.ndarray, "samples ..."]]
    evaluations: int


def run_trunk(generation: Generation, samples: Sequence[int], fork_steps: Collection[int] = ()) -> Trajectories:
    """The unpruned trajectory, with a snapshot of the state before every step in `fork_steps`.

    Raises:
        UserError: a latent became NaN or infinite; a fork step outside the trajectory; samples that are not whole
            micro-batches; a sample that does not fit in memory.
    """
    for step in fork_steps:
        if not 0 <= step < generation.sampler.steps:
            raise UserError(f"the fork step {step} is outside the trajectory; use 0 to {generation.sampler.steps - 1}.")
    return _run(generation, samples, lambda k: None, 0, None, sorted(set(fork_steps)))


def run_branch(
    generation: Generation,
    samples: Sequence[int],
    edit_at: EditAt,
    start_step: int = 0,
    snapshots: Float[np.ndarray, "..."] | None = None,
) -> Trajectories:
    """A pruned trajectory from `start_step` on: from the trunk's snapshots of these samples, or from noise at step 0.

    `edit_at(k)` is the edit of step k or None. The branch draws the trunk's random numbers, so the two are paired.

    Raises:
        UserError: as `run_trunk`; a start step without snapshots or with another number of rows.
    """
    if (start_step > 0) != (snapshots is not None) or (snapshots is not None and len(snapshots) != len(samples)):
        raise UserError(
            f"variant '{generation.variant}' starts at step {start_step} and needs one trunk snapshot for each of its "
            f"{len(samples)} samples (none at step 0); run the trunk with this fork step."
        )
    return _run(generation, samples, edit_at, start_step, snapshots, [])


def _run(
    generation: Generation,
    samples: Sequence[int],
    edit_at: EditAt,
    start_step: int,
    snapshots: np.ndarray | None,
    forks: list[int],
) -> Trajectories:
    generation.network.to(generation.device).eval()
    batches = micro_batches(samples, generation.micro_batch)
    steps = generation.sampler.steps - start_step
    parts, names = [], {"latents", "evaluations", *map(_snapshot_name, forks)}
    with tqdm(total=len(batches) * steps, desc=generation.variant, unit="step") as progress:
        for batch in batches:
            path = part_path(generation.parts, generation.fingerprint, batch)
            part = load_part(path, names)
            if part is None:
                rows = slice(batch.start - samples[0], batch.stop - samples[0])
                snapshot = None if snapshots is None else snapshots[rows]
                with held():
                    part = _run_micro_batch(generation, batch, edit_at, start_step, snapshot, forks, progress)
                    save_part(path, part)
            else:
                progress.update(steps)
            parts.append(part)
    empty = np.empty((0, *generation.latent_shape), dtype=np.float32)
    return Trajectories(
        samples=np.array(samples, dtype=np.int64),
        latents=np.concatenate([part["latents"] for part in parts]) if parts else empty,
        snapshots={fork: np.concatenate([part[_snapshot_name(fork)] for part in parts]) for fork in forks if parts},
        evaluations=sum(int(part["evaluations"]) for part in parts),
    )


@torch.inference_mode()
def _run_micro_batch(
    generation: Generation,
    batch: range,
    edit_at: EditAt,
    start_step: int,
    snapshot: np.ndarray | None,
    forks: list[int],
    progress: tqdm,
) -> dict[str, np.ndarray]:
    sampler, device = generation.sampler, generation.device

    def draw(number: int) -> Tensor:
        noise = torch.from_numpy(standard_normal(generation.seed, batch, number, generation.latent_shape))
        # A copy from pageable memory would wait for the network's call that is still running.
        return noise.pin_memory().to(device, non_blocking=True) if str(device).startswith("cuda") else noise

    labels = to_device(generation.labels_of(batch), device)
    predict = guided(generation.network, labels, generation.guidance, samples=batch)
    state = sampler.start(draw(0)) if snapshot is None else torch.tensor(snapshot, dtype=sampler.dtype, device=device)
    part: dict[str, np.ndarray] = {}
    # Read once at the end: asking the device after every step would keep it waiting for the next one.
    first_bad = torch.full((len(batch),), -1, device=device)
    for k in range(start_step, sampler.steps):
        if k in forks:
            part[_snapshot_name(k)] = state.cpu().numpy()
        predict.edit = edit_at(k)
        state = sampler.advance(k, state, predict, partial(draw, k + 1))
        bad = ~torch.isfinite(state).flatten(1).all(dim=1)
        first_bad = torch.where(bad & (first_bad < 0), k, first_bad)
        progress.update()
    _check_finite(generation, batch, labels, first_bad.cpu().numpy())
    return part | {"latents": sampler.finish(state).cpu().numpy(), "evaluations": np.array(predict.evaluations, dtype=np.int64)}


def _check_finite(generation: Generation, batch: range, labels: Any, first_bad: np.ndarray) -> None:
    for row in np.flatnonzero(first_bad >= 0)[:1]:
        kind = f" of class {int(labels[row])}" if isinstance(labels, Tensor) else ""
        raise UserError(
            f"sample {batch[row]}{kind} became NaN or infinite at step {first_bad[row]} of variant '{generation.variant}'; "
            "check the checkpoint and the precision, or drop the variant from the study."
        )


def _snapshot_name(step: int) -> str:
    return f"snapshot_{step}"


def to_device(labels: Any, device: str) -> Any:
    """Labels or condition rows on a device."""
    if isinstance(labels, Tensor):
        return labels.to(device)
    return type(labels)({name: rows.to(device) for name, rows in labels.items()})
