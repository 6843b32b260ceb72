"""X-MDPT and MDSGen from prepared inputs to latents: the right condition for every sample, the same bytes for any shards."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from run_branch import run_branch
from run_trunk import run_trunk
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import parquet
from semantic_bottleneck.files.row_groups import write_row_groups
from semantic_bottleneck.models.condition_rows import ConditionRows
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.randomness.noise import standard_normal
from semantic_bottleneck.sampling.model_run import ConditionVectors
from semantic_bottleneck.sampling.registry import build_sampler
from semantic_bottleneck.study.cards import load_card
from semantic_bottleneck.study.sample_plan import SamplePlan
from tests.golden.recipe import fill_state_dict
from tests.sections import conditioning_of, excerpt, sampler_of, variant_of
from tests.workflow.project import ROOT

COUNT, SHARDS, STEPS, SEED = 5, 3, 4, 3
GUIDANCE = {"scale": 2.0, "interval": None, "channels": None, "schedule": "power-cosine", "power": 0.01}
POSE, VIDEO = (load_card(ROOT / f"config/models/{name}.yaml")["conditioning"] for name in ("xmdpt-b", "mdsgen-b"))
SMALL = {"patch_size": 2, "hidden_size": 24, "depth": 3, "num_heads": 3, "decode_layer": 2}
MODELS = {
    "xmdpt": {
        "architecture": {**SMALL, "input_size": 8, "in_channels": 4, "learn_sigma": True},
        "conditioning": POSE,
        "sampler": {"name": "ddim", "steps": STEPS},
    },
    "mdsgen": {
        "architecture": {**SMALL, "input_size": [12, 4], "in_channels": 8, "learn_sigma": True, "frequency_size": 20},
        "conditioning": VIDEO,
        "sampler": {"name": "dpm-solver++", "steps": STEPS, "start": "bfloat16"},
    },
}
VARIANTS = {
    "tau": {"side": "tail", "tau": 0.3},
    "share": {"side": "tail", "quantile": 0.4},
    "mean": {"side": "tail", "quantile": 0.4, "replacement": "class-mean"},
    "random": {"side": "random", "like": "tail", "tau": 0.3, "seed": 1},
    "other": {"side": "ranks", "ranks": [0.0, 0.5], "replacement": "other-class", "shift": 2},
    "noise": {"side": "head", "fraction": 0.5, "ranked_by": "class-variance", "noise": 0.5, "branch": "conditional"},
    "over-time": {"side": "head", "fraction": 0.5, "ranked_by": "time-variance", "mask": "shared", "replacement": "class-mean"},
    "conditional": {"side": "tail", "tau": 0.3, "branch": "conditional"},
}
DEFAULTS = variant_of({})


def inputs_of(family: str) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    shapes = {"pose": (257, 768), "image": (257, 1536), "source": (4, 8, 8)} if family == "xmdpt" else {"features": (32, 512)}
    return {name: rng.standard_normal((COUNT, *shape), dtype=np.float32) for name, shape in shapes.items()}


class Model:
    """A small model on disk, as the rules find it."""

    def __init__(self, family: str, folder: Path):
        self.folder, self.inputs = folder, inputs_of(family)
        self.card = {"name": f"small-{family}", "family": family, "guidance": GUIDANCE, **MODELS[family]}
        self.card["checkpoint"] = {"files": [{"url": "served"}], "container": "pt"}
        self.card = excerpt(self.card)
        self.network = build_network(family, self.card["architecture"]).eval()
        fill_state_dict(self.network.state_dict())
        torch.save(self.network.state_dict(), folder / "weights.pt")
        write_row_groups(folder / "inputs.parquet", {"condition": np.arange(COUNT), **self.inputs}, rows=2)

    def trunk(self, shards: int = 1, name: str = "inputs.parquet") -> dict[str, np.ndarray]:
        """Latents of all shards, run from the last to the first, with a snapshot before step 3."""
        for shard in reversed(range(shards)):
            folder = self.folder / f"{shards}-{shard}"
            run_trunk(
                **self._shared(shards, shard, name),
                name="baseline",
                snapshot_steps=[3],
                latents=folder / "baseline.parquet",
                snapshots=[folder / "snapshot.parquet"],
            )
        return self._gathered(shards, "baseline")

    def branch(self, variant: str, shards: int = 1, start: int = 0) -> dict[str, np.ndarray]:
        for shard in reversed(range(shards)):
            folder = self.folder / f"{shards}-{shard}"
            run_branch(
                **self._shared(shards, shard, "inputs.parquet"),
                snapshot=folder / "snapshot.parquet" if start else None,
                name=variant,
                variant=DEFAULTS | VARIANTS[variant],
                pruned_steps=list(range(start, STEPS)),
                start_step=start,
                groups=5,
                timesteps=3,
                latents=folder / f"{variant}.parquet",
            )
        return self._gathered(shards, variant)

    def _shared(self, shards: int, shard: int, name: str) -> dict:
        drawn = {"seed": SEED, "samples": COUNT, "micro_batch": 2, "shards": shards, "labels": "balanced"}
        return {
            "card": self.card,
            "weights": self.folder / "weights.pt",
            "inputs": self.folder / name,
            "shard": shard,
            "plan": SamplePlan(**drawn, precision="fp32", compile=False),
            "parts": self.folder / "parts",
            "code": "",
            "device": "cpu",
        }

    def _gathered(self, shards: int, variant: str) -> dict[str, np.ndarray]:
        parts = [parquet.read(self.folder / f"{shards}-{shard}/{variant}.parquet") for shard in range(shards)]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def by_hand(self, sample: int, tau: float | None, null: bool = True) -> np.ndarray:
        """The latent of one sample from two separate passes of the network, c = t in the unconditional one."""
        rows = ConditionRows({name: torch.from_numpy(values[sample : sample + 1]) for name, values in self.inputs.items()})
        absent = ConditionRows(rows, present=torch.zeros(1))
        size = self.card["architecture"]["input_size"]
        shape = (self.card["architecture"]["in_channels"], *(size if isinstance(size, list) else (size, size)))
        sampler = build_sampler(sampler_of(self.card["sampler"]))

        def pruned(c):
            return c if tau is None else torch.where(c.abs() < tau, 0.0, c)

        def predict(x, t):
            times = torch.full((1,), t)
            known = self.network(x, times, rows, edit=pruned)
            unknown = self.network(x, times, absent, edit=pruned if null else None)
            ramp = (1 - math.cos(math.pi * (1 - t / 1000) ** GUIDANCE["power"])) / 2
            return unknown + (1 + (GUIDANCE["scale"] - 1) * ramp) * (known - unknown)

        with torch.inference_mode():
            state = sampler.start(torch.from_numpy(standard_normal(SEED, [sample], 0, shape)))
            for step in range(STEPS):
                state = sampler.advance(step, state, predict, lambda: None)
        return sampler.finish(state).numpy()[0]


@pytest.fixture(scope="module", params=list(MODELS))
def model(request, tmp_path_factory):
    return Model(request.param, tmp_path_factory.mktemp(request.param))


def test_every_sample_has_its_own_condition_and_the_official_guidance(model):
    found = model.trunk()
    assert found["sample"].tolist() == list(range(COUNT))
    assert set(found["label"]) == {-1}
    for sample in (0, 3):
        expected = model.by_hand(sample, None)
        np.testing.assert_allclose(found["latent"][sample], expected, atol=1e-5 * np.abs(expected).max())
    other = model.folder / "other.parquet"
    turned = {name: np.roll(values, 1, axis=0) for name, values in model.inputs.items()}
    write_row_groups(other, {"condition": np.arange(COUNT), **turned})
    assert np.abs(model.trunk(name=other.name)["latent"] - found["latent"]).max() > 0.01


@pytest.mark.parametrize("variant", ["tau", "conditional"])
def test_c_is_pruned_in_both_passes_unless_the_variant_spares_the_unconditional_one(model, variant):
    found = model.branch(variant)["latent"]
    expected = model.by_hand(4, VARIANTS[variant]["tau"], variant != "conditional")
    np.testing.assert_allclose(found[4], expected, atol=1e-5 * np.abs(expected).max())


def test_shards_in_any_order_give_the_same_bytes(model):
    unpruned = model.trunk()["latent"]
    assert np.array_equal(model.trunk(SHARDS)["latent"], unpruned)
    for variant, start in (("mean", 0), ("random", 0), ("share", 3), ("other", 0), ("noise", 0), ("over-time", 0)):
        found = model.branch(variant, SHARDS, start)["latent"]
        assert np.array_equal(found, model.branch(variant, 1, start)["latent"])
        assert not np.array_equal(found, unpruned)


def test_vectors_at_a_later_step_are_those_of_the_network(model):
    conditioning = conditioning_of(model.card["conditioning"])
    vectors = ConditionVectors(model.network, conditioning, model.folder / "inputs.parquet", "cpu")
    rows = ConditionRows({name: torch.from_numpy(values) for name, values in model.inputs.items()})
    with torch.inference_mode():
        expected = model.network.condition(torch.full((COUNT,), 500.0), rows).c
    torch.testing.assert_close(vectors.at(500.0), expected, atol=1e-5, rtol=0)


def test_a_sample_without_a_condition_is_named(model):
    short = model.folder / "short.parquet"
    write_row_groups(short, {"condition": np.arange(3), **{name: values[:3] for name, values in model.inputs.items()}})
    with pytest.raises(UserError, match=r"short\.parquet.*3 rows, and row 3"):
        model.trunk(name=short.name)
