"""Every sampler, from checkpoint file to Parquet: the same bytes whatever the shards, the order, and a kill on the way."""

import os
import signal

import numpy as np
import pytest
import torch

from run_branch import run_branch
from run_trunk import run_trunk
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import parquet
from semantic_bottleneck.files.hashing import file_sha256
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.sampling import trajectory as trajectories
from semantic_bottleneck.sampling.registry import SAMPLERS
from semantic_bottleneck.study.sample_plan import SamplePlan
from tests.golden.recipe import fill_state_dict, generator
from tests.sections import excerpt, sampler_of, variant_of

CLASSES, SAMPLES, MICRO_BATCH = 5, 8, 3
DIT = {
    "input_size": 4,
    "patch_size": 2,
    "in_channels": 2,
    "hidden_size": 16,
    "depth": 1,
    "num_heads": 2,
    "num_classes": CLASSES,
}
VELOCITY = {**DIT, "learn_sigma": False}
MDT = {**DIT, "depth": 3, "decode_layer": 1}
LIGHTNING = {**DIT, "hidden_size": 24, "learn_sigma": False}
XMDPT = {key: DIT[key] for key in DIT if key != "num_classes"} | {"depth": 2}
MDSGEN = {**XMDPT, "input_size": [8, 4], "decode_layer": 1, "frames": 3, "features": 6, "frequency_size": 10}
CASES = {
    "ddpm": ("mdt", MDT, {"steps": 5}, {"scale": 3.8, "channels": 1, "schedule": "power-cosine"}),
    "ddim": ("xmdpt", XMDPT, {"steps": 5}, {"scale": 2.0, "channels": 1, "schedule": "power-cosine"}),
    "sit-ode": ("dit", {**DIT, "drop_sigma": True}, {"steps": 6, "method": "heun2"}, {"scale": 1.5, "channels": 1}),
    "sit-dopri5": ("dit", VELOCITY, {"rtol": 1e-2}, {"scale": 1.5, "channels": 1}),
    "sit-sde": ("dit", {**DIT, "drop_sigma": True}, {"steps": 5, "method": "heun"}, {"scale": 1.5, "channels": 1}),
    "repa-ode": ("dit", VELOCITY, {"steps": 5, "heun": True}, {"scale": 1.8, "interval": [0.0, 0.7]}),
    "repa-sde": ("dit", VELOCITY, {"steps": 5}, {"scale": 1.8, "interval": [0.0, 0.7]}),
    "lightningdit-euler": ("lightningdit", LIGHTNING, {"steps": 6}, {"scale": 6.7, "start": 0.125, "channels": 1}),
    "diffusers": ("dit", DIT, {"steps": 5, "scheduler": "DPMSolverMultistepScheduler"}, {"scale": 4.5}),
    "dpm-solver++": ("mdsgen", MDSGEN, {"steps": 5}, {"scale": 5.0, "schedule": "power-cosine", "power": 0.01}),
}
"""Sampler -> family, architecture, options and guidance as its official pipeline combines them."""
OFFICIAL = {"ddim": "bf16-autocast", "dpm-solver++": "bf16-autocast"}
"""The precision of X-MDPT's and MDSGen's own scripts; the others run in TF32, which a CPU takes for float32."""
VARIANT = variant_of({"side": "tail", "fraction": 0.4, "window": "last"})


class Study:
    """One model and sampler on disk, and the two rules that sample it."""

    def __init__(self, name, folder, precision="fp32"):
        family, architecture, options, guidance = CASES[name]
        self.folder, self.precision = folder, precision
        kind = {"kind": "class", "classes": CLASSES}
        if "num_classes" not in architecture:
            kind = {"kind": "video", "data": {"folder": "clips", "count": SAMPLES}}
        given = {
            "name": "small",
            "family": family,
            "architecture": architecture,
            "checkpoint": {"files": [{"url": "weights.pt"}], "container": "pt"},
            "conditioning": {**kind, "initial_timestep": 0.0, "timesteps": {"start": 0.0, "stop": 1.0}},
            "sampler": {"name": name, **options},
            "guidance": guidance,
        }
        self.card = excerpt(given)
        state = build_network(family, architecture).state_dict()
        fill_state_dict({key: tensor for key, tensor in state.items() if "freqs" not in key})
        torch.save(state, folder / "weights.pt")
        self.inputs = folder / "inputs.parquet" if family in ("xmdpt", "mdsgen") else None
        if self.inputs:
            parquet.write(self.inputs, {"condition": np.arange(SAMPLES), **conditions(family)})
        self.steps = sampler_of(self.card["sampler"]).trajectory_steps
        self.start = max(self.steps - 2, 0)

    def settings(self, shards):
        drawn = {"seed": 3, "samples": SAMPLES, "micro_batch": MICRO_BATCH, "shards": shards, "labels": "balanced"}
        return {
            "card": self.card,
            "weights": self.folder / "weights.pt",
            "inputs": self.inputs,
            "plan": SamplePlan(**drawn, precision=self.precision, compile=False),
            "code": "",
            "device": "cpu",
        }

    def trunk(self, run, shard=0, shards=1):
        folder = self.folder / run / "trunk"
        forks = [self.start] if self.start else []
        run_trunk(
            shard=shard,
            name="baseline",
            snapshot_steps=forks,
            parts=folder / f"{shard}",
            latents=folder / f"{shard}.parquet",
            snapshots=[folder / f"snapshot-{shard}.parquet" for _ in forks],
            **self.settings(shards),
        )

    def branch(self, run, shard=0, shards=1):
        folder = self.folder / run
        run_branch(
            snapshot=folder / f"trunk/snapshot-{shard}.parquet" if self.start else None,
            shard=shard,
            name="tail",
            variant=VARIANT,
            pruned_steps=range(self.start, self.steps),
            start_step=self.start,
            groups=2,
            timesteps=1,
            parts=folder / f"branch/{shard}",
            latents=folder / f"branch/{shard}.parquet",
            **self.settings(shards),
        )

    def rows(self, run, part, shards=1):
        tables = [parquet.read(self.folder / run / part / f"{shard}.parquet") for shard in range(shards)]
        return {column: np.concatenate([table[column] for table in tables]).tobytes() for column in tables[0]}


def conditions(family):
    """What X-MDPT and MDSGen are conditioned on, sample by sample."""
    random = generator(f"inputs of {family}")
    shapes = {"pose": (257, 768), "image": (257, 1536), "source": (2, 4, 4)} if family == "xmdpt" else {"features": (3, 6)}
    return {name: random.standard_normal((SAMPLES, *shape), dtype=np.float32) for name, shape in shapes.items()}


@pytest.mark.parametrize(
    ("name", "precision"), [*((name, OFFICIAL.get(name, "tf32")) for name in SAMPLERS), ("repa-sde", "bf16")]
)
def test_bytes_do_not_depend_on_shards_their_order_or_a_kill(name, precision, tmp_path, saved):
    study = Study(name, tmp_path, precision)
    for shards, run in ((1, "whole"), (3, "shards")):
        for shard in reversed(range(shards)):
            study.trunk(run, shard, shards)
            study.branch(run, shard, shards)
    for part in ("trunk", "branch"):
        assert study.rows("shards", part, 3) == study.rows("whole", part)
        weights = {"checkpoint_source": "weights.pt", "checkpoint_sha256": file_sha256(tmp_path / "weights.pt")}
        assert weights.items() <= parquet.read_metadata(tmp_path / f"whole/{part}/0.parquet").items()
    assert study.rows("whole", "trunk")["latent"] != study.rows("whole", "branch")["latent"]
    for part, job in (("trunk", study.trunk), ("branch", study.branch)):
        killed_after_one_micro_batch(job, "killed")
        assert len(list((tmp_path / "killed" / part / "0").glob("*.npz"))) == 1
        assert not (tmp_path / f"killed/{part}/0.parquet").exists()
        saved.clear()
        job("killed")
        assert len(saved) == 2  # of three micro-batches
        assert (tmp_path / f"killed/{part}/0.parquet").read_bytes() == (tmp_path / f"whole/{part}/0.parquet").read_bytes()
        assert not (tmp_path / f"killed/{part}/0").exists()


@pytest.fixture(autouse=True)
def one_thread():
    """As every rule has: the sums of a matrix product depend on how many threads share it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def saved(monkeypatch):
    """The micro-batches that this process finishes."""
    paths, save = [], trajectories.save_part
    monkeypatch.setattr(trajectories, "save_part", lambda path, arrays: (paths.append(path), save(path, arrays)))
    return paths


def killed_after_one_micro_batch(job, run):
    """Run the job in a process of its own that SIGKILL ends while the second micro-batch is being sampled."""
    child = os.fork()
    if child == 0:
        torch.set_num_threads(1)
        save, calls = trajectories.save_part, []

        def kill_at_the_second(path, arrays):
            calls.append(path)
            if len(calls) == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            save(path, arrays)

        trajectories.save_part = kill_at_the_second
        try:
            job(run)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_every_sampler_has_a_case():
    assert set(CASES) == set(SAMPLERS)


@pytest.mark.parametrize("name", ["repa-sde", "sit-dopri5", "sit-ode"])
def test_a_broken_weight_stops_the_shard_naming_sample_class_step_and_variant(name, tmp_path):
    study = Study(name, tmp_path)
    state = torch.load(tmp_path / "weights.pt")
    state["y_embedder.embedding_table.weight"][3] = 3e38
    torch.save(state, tmp_path / "weights.pt")
    with pytest.raises(UserError, match=r"sample 3 of class 3 .* step 0 of variant 'baseline'"):
        study.trunk("broken")
    assert not (tmp_path / "broken/trunk/0.parquet").exists()
