"""Trunk and branches: equal bytes whatever the shards, their order and restarts; exact counts of evaluations."""

import os
import signal

import numpy as np
import pytest
import torch

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.job import stopping
from semantic_bottleneck.models.condition_rows import ConditionRows
from semantic_bottleneck.models.dit import DiT
from semantic_bottleneck.sampling.class_protocol import labels_of
from semantic_bottleneck.sampling.registry import SAMPLERS, build_sampler
from semantic_bottleneck.sampling.trajectory import Generation, run_branch, run_trunk
from semantic_bottleneck.study.shards import shard_samples
from tests.golden import recipe
from tests.sections import guidance_of, sampler_of

CHANNELS, SIZE, CLASSES = 2, 4, 5
TOTAL, MICRO_BATCH = 8, 3
OPTIONS = {
    "sit-sde": {"steps": 6, "method": "heun"},
    "sit-ode": {"steps": 6, "method": "midpoint"},
    "repa-ode": {"steps": 5, "heun": True},
    "sit-dopri5": {},
    "diffusers": {"steps": 5, "scheduler": "DPMSolverMultistepScheduler"},
}
NAMES = [name for name in SAMPLERS if name != "sit-dopri5"]
"""The samplers whose trajectories can fork: dopri5's is one step."""


class Analytic(torch.nn.Module):
    """A small function of x, t and an edited c; it can stop or overflow at a given call."""

    null_label = CLASSES

    def __init__(self, stop_at: int = -1, broken_class: int = -1):
        super().__init__()
        self.calls, self.stop_at, self.broken_class = 0, stop_at, broken_class

    def forward(self, x, t, y, edit=None):
        if self.calls == self.stop_at:
            raise KeyboardInterrupt
        self.calls += 1
        c = torch.stack([y / CLASSES, torch.cos(t)], dim=1)
        shift = (c if edit is None else edit(c)).sum(dim=1)[:, None, None, None]
        shift = torch.where(y == self.broken_class, torch.inf, 0.1)[:, None, None, None] * shift
        return torch.tanh(x) + shift


def small_dit(name: str) -> DiT:
    network = DiT(SIZE, 2, CHANNELS, 16, 1, 2, num_classes=CLASSES, learn_sigma=name == "ddpm")
    recipe.fill_state_dict(network.state_dict())
    return network


def generation(tmp_path, network, name="ddpm", fingerprint="a", micro_batch=MICRO_BATCH, guidance=None, **changes):
    steps = 6 if name == "lightningdit-euler" else 5
    return Generation(
        network=network,
        sampler=build_sampler(sampler_of({"name": name} | OPTIONS.get(name, {"steps": steps}))),
        guidance=guidance_of({"scale": 1.5, "channels": 1} if guidance is None else guidance),
        labels_of=lambda samples: torch.from_numpy(labels_of(samples, CLASSES)),
        latent_shape=(CHANNELS, SIZE, SIZE),
        seed=11,
        micro_batch=micro_batch,
        parts=tmp_path,
        fingerprint=fingerprint,
        **changes,
    )


def zero_first(labels, samples, t):
    """An edit that removes one dimension of every vector."""
    return lambda c: c * (torch.arange(c.shape[1]) > 0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("network", [Analytic, small_dit])
def test_shards_in_any_order_give_the_same_bytes(tmp_path, name, network):
    network = network(name) if network is small_dit else network()
    whole = run_trunk(generation(tmp_path, network, name), range(TOTAL), fork_steps=[3])
    assert whole.latents.shape == (TOTAL, CHANNELS, SIZE, SIZE)
    assert whole.latents.std() > 0
    shards = {
        shard: run_trunk(generation(tmp_path, network, name, "b"), shard_samples(TOTAL, MICRO_BATCH, 3, shard), [3])
        for shard in (2, 0, 1)
    }
    parts = [shards[shard] for shard in range(3)]
    assert np.concatenate([part.latents for part in parts]).tobytes() == whole.latents.tobytes()
    assert np.concatenate([part.snapshots[3] for part in parts]).tobytes() == whole.snapshots[3].tobytes()
    assert np.concatenate([part.samples for part in parts]).tolist() == list(range(TOTAL))
    assert sum(part.evaluations for part in parts) == whole.evaluations


def test_dopri5_depends_on_the_micro_batch_only(tmp_path):
    network = Analytic()
    whole = run_trunk(generation(tmp_path, network, "sit-dopri5"), range(TOTAL))
    part = run_trunk(generation(tmp_path, network, "sit-dopri5", "b"), range(3, TOTAL))
    assert part.latents.tobytes() == whole.latents[3:].tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_a_restart_goes_on_after_the_last_finished_micro_batch(tmp_path, name):
    counted = Analytic()
    expected = run_trunk(generation(tmp_path, counted, name), range(TOTAL), fork_steps=[2])
    per_batch = counted.calls // 3
    stopped = Analytic(stop_at=2 * per_batch + 1)
    with pytest.raises(KeyboardInterrupt):
        run_trunk(generation(tmp_path, stopped, name, "b"), range(TOTAL), fork_steps=[2])
    # What a kill leaves behind: a half-written temporary file, and a part from an interrupted disk.
    (tmp_path / "b-6-8.npz").write_bytes(b"PK\x03\x04 torn")
    resumed = Analytic()
    result = run_trunk(generation(tmp_path, resumed, name, "b"), range(TOTAL), fork_steps=[2])
    assert resumed.calls == per_batch
    assert result.latents.tobytes() == expected.latents.tobytes()
    assert result.snapshots[2].tobytes() == expected.snapshots[2].tobytes()
    assert result.evaluations == expected.evaluations


@pytest.mark.parametrize("name", NAMES)
def test_a_branch_from_a_snapshot_equals_the_branch_from_noise(tmp_path, name):
    network = small_dit(name)
    trunk = generation(tmp_path, network, name)
    steps = trunk.sampler.steps
    start = steps - 2
    baseline = run_trunk(trunk, range(MICRO_BATCH), [start])

    def edit_at(k):
        return zero_first if k >= start else None

    snapshots = baseline.snapshots[start]
    branch = run_branch(generation(tmp_path, network, name, "b"), range(MICRO_BATCH), edit_at, start, snapshots)
    noise = run_branch(generation(tmp_path, network, name, "c"), range(MICRO_BATCH), edit_at)
    assert branch.latents.tobytes() == noise.latents.tobytes()
    assert branch.latents.tobytes() != baseline.latents.tobytes()


def test_a_branch_without_edits_is_the_trunk(tmp_path):
    trunk = run_trunk(generation(tmp_path, Analytic()), range(TOTAL))
    branch = run_branch(generation(tmp_path, Analytic(), fingerprint="b"), range(TOTAL), lambda k: None)
    assert branch.latents.tobytes() == trunk.latents.tobytes()


def test_a_branch_shard_takes_its_own_snapshots(tmp_path):
    network = Analytic()
    snapshots = run_trunk(generation(tmp_path, network, "repa-sde"), range(TOTAL), [3]).snapshots[3]
    whole = run_branch(generation(tmp_path, network, "repa-sde", "b"), range(TOTAL), lambda k: zero_first, 3, snapshots)
    part = run_branch(generation(tmp_path, network, "repa-sde", "c"), range(3, 8), lambda k: zero_first, 3, snapshots[3:])
    assert part.latents.tobytes() == whole.latents[3:].tobytes()


@pytest.mark.parametrize(("guidance", "rows"), [({"scale": 1.0}, 1), ({"scale": 2.0}, 2)])
def test_trunk_and_last_branch_cost_exactly_n_and_k(tmp_path, guidance, rows):
    network = Analytic()
    trunk = generation(tmp_path, network, "repa-sde", guidance=guidance)
    steps = trunk.sampler.steps
    result = run_trunk(trunk, range(TOTAL), [steps - 2])
    branch = generation(tmp_path, network, "repa-sde", "b", guidance=guidance)
    last = run_branch(branch, range(TOTAL), lambda k: zero_first, steps - 2, result.snapshots[steps - 2])
    assert result.evaluations == rows * TOTAL * steps
    assert last.evaluations == rows * TOTAL * 2
    assert network.calls == 3 * (steps + 2)


def test_the_first_step_window_prunes_step_zero_only(tmp_path):
    network = Analytic()
    seen = []

    def edit_at(k):
        return (lambda labels, samples, t: seen.append(k)) if k == 0 else None

    run_branch(generation(tmp_path, network), range(3), edit_at)
    assert seen == [0]


def test_a_stopped_shard_finishes_its_micro_batch_and_goes_on_after_it(tmp_path, monkeypatch):
    class Preempted(Analytic):
        def forward(self, *arguments, **options):
            if self.calls == 2:
                os.kill(os.getpid(), signal.SIGTERM)
            return super().forward(*arguments, **options)

    whole = run_trunk(generation(tmp_path / "whole", Analytic()), range(TOTAL))
    monkeypatch.setattr(stopping, "_asked", False)
    before = signal.getsignal(signal.SIGTERM)
    stopping.listen()
    try:
        with pytest.raises(stopping.Stopped):
            run_trunk(generation(tmp_path / "cut", Preempted()), range(TOTAL))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert len(list((tmp_path / "cut").iterdir())) == 1
    monkeypatch.setattr(stopping, "_asked", False)
    rest = Analytic()
    resumed = run_trunk(generation(tmp_path / "cut", rest), range(TOTAL))
    assert resumed.latents.tobytes() == whole.latents.tobytes()
    assert resumed.evaluations == whole.evaluations
    assert rest.calls == 2 * 5 * 1


def test_a_new_fork_step_does_not_reuse_parts_without_it(tmp_path):
    first = run_trunk(generation(tmp_path, Analytic()), range(TOTAL))
    second = run_trunk(generation(tmp_path, Analytic()), range(TOTAL), [1])
    assert second.snapshots[1].shape == (TOTAL, CHANNELS, SIZE, SIZE)
    assert first.latents.tobytes() == second.latents.tobytes()


def test_snapshot_before_step_zero_is_the_start_noise(tmp_path):
    trunk = generation(tmp_path, Analytic(), "repa-sde")
    snapshot = run_trunk(trunk, range(3), [0]).snapshots[0]
    assert snapshot.dtype == np.float64
    assert not np.array_equal(snapshot[0], snapshot[1])


def test_an_infinite_latent_is_named(tmp_path):
    broken = generation(tmp_path, Analytic(broken_class=4), variant="tail-0.01-every")
    with pytest.raises(UserError, match=r"sample 4 of class 4 .* step 0 of variant 'tail-0.01-every'"):
        run_trunk(broken, range(TOTAL))


def test_halving_leaves_the_bytes_alone(tmp_path):
    class Tight(Analytic):
        def forward(self, x, t, y, edit=None):
            if len(x) > 2:
                raise torch.OutOfMemoryError("does not fit")
            return super().forward(x, t, y, edit)

    plain = run_trunk(generation(tmp_path, Analytic(), "repa-sde"), range(TOTAL))
    tight = run_trunk(generation(tmp_path, Tight(), "repa-sde", "b"), range(TOTAL))
    assert tight.latents.tobytes() == plain.latents.tobytes()
    assert tight.evaluations == plain.evaluations


def test_condition_rows_are_sliced_and_moved(tmp_path):
    class Rows(torch.nn.Module):
        def forward(self, x, t, y, edit=None):
            return 0.1 * x + (y["pose"] * y.get("present", torch.ones(len(x))))[:, None, None, None]

    def rows_of(samples):
        return ConditionRows(pose=torch.tensor([float(sample) for sample in samples]))

    whole = generation(tmp_path, Rows(), "ddim")
    fields = {name: getattr(whole, name) for name in whole.__dataclass_fields__} | {"labels_of": rows_of}
    result = run_trunk(Generation(**fields), range(TOTAL))
    assert np.isfinite(result.latents).all()


def test_no_samples_give_no_rows(tmp_path):
    result = run_trunk(generation(tmp_path, Analytic()), [])
    assert result.latents.shape == (0, CHANNELS, SIZE, SIZE)
    assert result.evaluations == 0


def test_wrong_forks_and_snapshots_are_refused(tmp_path):
    job = generation(tmp_path, Analytic())
    with pytest.raises(UserError, match="fork step 5"):
        run_trunk(job, range(TOTAL), [5])
    with pytest.raises(UserError, match="needs one trunk snapshot"):
        run_branch(job, range(TOTAL), lambda k: None, 2)
    with pytest.raises(UserError, match="needs one trunk snapshot"):
        run_branch(job, range(TOTAL), lambda k: None, 2, np.zeros((1, CHANNELS, SIZE, SIZE)))
