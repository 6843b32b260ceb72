"""The plan counts what the samplers really do, and the paper study's sharing keeps its promise."""

import json
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from semantic_bottleneck.decoding.vae import VAES
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.planning import calibration
from semantic_bottleneck.planning.calibration import calibrate, flops_per_evaluation
from semantic_bottleneck.planning.evaluations import state_bytes, step_evaluations
from semantic_bottleneck.planning.localisation import localisation_cost
from semantic_bottleneck.planning.plan import plan_of, trunks_of
from semantic_bottleneck.planning.storage import checkpoint_downloads, disk
from semantic_bottleneck.planning.summary import page
from semantic_bottleneck.planning.tree import Trunk, cost_of, pairs_of, wasted_steps
from semantic_bottleneck.sampling.registry import SAMPLERS, build_sampler
from semantic_bottleneck.sampling.trajectory import Generation, run_branch, run_trunk
from semantic_bottleneck.study.load import load_study
from semantic_bottleneck.study.pruning import Pruning, pruned_steps
from semantic_bottleneck.study.validation import load_yaml
from tests.sections import card_of, checkpoint_of, guidance_of, sampler_of
from tests.unit.models.architectures import SMALL_FAMILIES
from tests.workflow.project import ROOT
from write_plan import write_plan

SAMPLES, MICRO_BATCH = 5, 2
CASES = {
    "ddpm": ({"steps": 12}, {"scale": 3.8, "channels": 3, "schedule": "power-cosine", "power": 4}),
    "ddim": ({"steps": 12}, {"scale": 2.0}),
    "sit-ode": ({"steps": 13, "method": "heun2"}, {"scale": 1.5, "interval": [0.2, 0.6]}),
    "sit-sde": ({"steps": 12, "method": "heun"}, {"scale": 1.5, "interval": [0.3, 0.7]}),
    "repa-ode": ({"steps": 12, "heun": True}, {"scale": 1.8, "interval": [0.0, 0.5]}),
    "repa-sde": ({"steps": 12}, {"scale": 1.8, "interval": [0.0, 0.7]}),
    "lightningdit-euler": ({"steps": 13, "shift": 0.3}, {"scale": 6.7, "start": 0.125, "channels": 3}),
    "dpm-solver++": ({"steps": 12}, {"scale": 5.0}),
    "diffusers": ({"steps": 12, "scheduler": "DPMSolverMultistepScheduler"}, {"scale": 4.5, "interval": [200, 700]}),
}
"""Sampler -> options that make its steps differ in cost, and a guidance with an interval where the model has one."""


class Counting(torch.nn.Module):
    """A network that counts the rows it is given."""

    null_label = 10

    def __init__(self):
        super().__init__()
        self.rows = 0

    def forward(self, x, t, y, edit=None):
        self.rows += len(x)
        return 0.1 * x


def generation(network, name, guidance, options, folder):
    return Generation(
        network=network,
        sampler=build_sampler(sampler_of({"name": name, **options})),
        guidance=guidance_of(guidance),
        labels_of=lambda samples: torch.tensor([sample % 10 for sample in samples]),
        latent_shape=(4, 2, 2),
        seed=1,
        micro_batch=MICRO_BATCH,
        parts=folder,
        fingerprint="a",
    )


def test_every_sampler_that_can_be_planned_is_tried():
    assert set(CASES) | {"sit-dopri5"} == set(SAMPLERS)


@pytest.mark.parametrize("guided", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_planned_evaluations_are_the_networks_calls(name, guided, tmp_path):
    options, guidance = CASES[name]
    guidance = guidance if guided else {"scale": 1.0}
    per_step = step_evaluations(sampler_of({"name": name, **options}), guidance_of(guidance))
    start = len(per_step) - 2
    network = Counting()
    trunk = run_trunk(generation(network, name, guidance, options, tmp_path / "trunk"), range(SAMPLES), [start])
    plan = Trunk(SAMPLES, per_step, {"every": 0, "last": start}, {"every": 0, "last": start})
    assert network.rows == trunk.evaluations == plan.cost()
    for variant in ("every", "last"):
        network.rows = 0
        first = plan.starts[variant]
        job = generation(network, name, guidance, options, tmp_path / variant)
        states = trunk.snapshots[first] if first else None
        branch = run_branch(job, range(SAMPLES), lambda k: lambda labels, t, samples: lambda c: c, first, states)
        assert network.rows == branch.evaluations == plan.cost(variant)
    pairs = [("m", name) for name in ("baseline", "every", "last")]
    assert cost_of(pairs, {"m": plan}).planned == 2 * plan.cost() + plan.cost("last")


def test_steps_differ_where_guidance_begins_and_where_heun_ends():
    options, guidance = CASES["repa-sde"]
    per_step = step_evaluations(sampler_of({"name": "repa-sde", **options}), guidance_of(guidance))
    times = build_sampler(sampler_of({"name": "repa-sde", **options})).times
    assert per_step == [2 if t <= 0.7 else 1 for t in times]
    assert step_evaluations(sampler_of({"name": "repa-ode", "steps": 3, "heun": True}), None) == [2, 2, 1]
    assert step_evaluations(sampler_of({"name": "sit-ode", "steps": 3, "method": "rk4"}), None) == [4, 4]
    assert step_evaluations(sampler_of({"name": "sit-sde", "steps": 3, "method": "heun"}), None) == [2, 2, 1]


def test_the_published_counts():
    """REPA: 78 unguided and 172 guided calls; LightningDiT: 168 of 249 calls guided; MG: none."""
    repa = step_evaluations(*card_parts("repa"))
    assert (repa.count(1), repa.count(2)) == (78, 172)
    lightningdit = step_evaluations(*card_parts("lightningdit"))
    assert (len(lightningdit), lightningdit.count(2)) == (249, 168)
    assert step_evaluations(*card_parts("mg")) == [1] * 250


def card_parts(model):
    card = load_yaml(ROOT / f"config/models/{model}.yaml")
    return sampler_of(card["sampler"]), guidance_of(card["guidance"])


def test_an_adaptive_solver_is_unknown():
    assert step_evaluations(sampler_of({"name": "sit-dopri5"}), guidance_of({"scale": 1.5})) is None
    assert Trunk(3, None, {}, {}).cost() == 0


@pytest.fixture(scope="module")
def paper():
    """The study of config/config.yaml and its trajectories, all models of tables 2, 3 and 6 included."""
    study = load_study(load_yaml(ROOT / "config/config.yaml"), ROOT)
    tables = {name: part for name, part in study.generating().items() if name in ("table2", "table3", "table6")}
    models = list(dict.fromkeys(model for part in tables.values() for model in part["models"]))
    cards = {model: card_of(study.card(model)) for model in models}
    return study, tables, trunks_of(study.generated(models), cards)


def test_the_papers_tables_share_their_samples(paper):
    _, tables, trunks = paper
    assert set(tables) == {"table2", "table3", "table6"}
    alone = sum(cost_of(pairs_of(part), trunks).naive for part in tables.values())
    total = cost_of([pair for part in tables.values() for pair in pairs_of(part)], trunks)
    assert total.planned <= 0.85 * total.naive
    assert total.planned <= 0.57 * alone


def is_late(pruning: Pruning | None) -> bool:
    return pruning is not None and pruning.window.kind == "last"


def test_a_late_variant_of_the_paper_costs_exactly_its_own_steps(paper):
    study, tables, trunks = paper
    late = [(m, v) for part in tables.values() for m, v in pairs_of(part) if is_late(study.pruning(v))]
    assert len(late) >= 6
    for model, variant in late:
        steps, trunk = study.steps(model), trunks[model]
        k = len(pruned_steps(study.pruning(variant), steps, study.config["generation"]["last_share"]))
        assert trunk.starts[variant] == steps - k
        assert trunk.cost(variant) == trunk.samples * sum(trunk.evaluations[steps - k :])
        if len(set(trunk.evaluations)) == 1:
            assert trunk.cost(variant) * steps == trunk.cost() * k


@given(st.lists(st.integers(1, 4), min_size=2, max_size=9), st.data())
def test_a_plan_never_exceeds_separate_runs_nor_depends_on_order(per_step, data):
    names = ["a", "b", "c"]
    starts = {name: data.draw(st.integers(0, len(per_step) - 1)) for name in names}
    trunks = {"m": Trunk(7, per_step, starts, starts)}
    pairs = data.draw(st.permutations([("m", name) for name in ("baseline", *names)]))
    cost = cost_of(pairs, trunks)
    assert cost.planned <= cost.naive
    assert cost == cost_of(sorted(pairs) * 2, trunks)
    assert wasted_steps(pairs, trunks) == {}


def test_steps_repeated_for_want_of_a_snapshot_are_named():
    trunk = Trunk(1, [1] * 10, {"late": 5}, {"late": 8})
    assert wasted_steps([("m", "baseline"), ("m", "late")], {"m": trunk}) == {("m", "late"): 3}


def test_sizes_come_from_the_card_then_the_lock_then_an_estimate(tmp_path):
    known_size, unknown_size = ({"files": [{"url": "https://x/a", "size": size}], "container": "pt"} for size in (7, None))
    card = card_of({"name": "m", "family": "dit", "architecture": SMALL, "checkpoint": known_size})
    (known,) = checkpoint_downloads("m", card, None)
    assert (known.size, known.source) == (7, "card")
    card = replace(card, checkpoint=checkpoint_of(unknown_size))
    (tmp_path / "lock.json").write_text(json.dumps({"https://x/a": {"size": 9}}))
    (locked,) = checkpoint_downloads("m", card, tmp_path / "lock.json")
    assert (locked.size, locked.source) == (9, "lock file")
    (guessed,) = checkpoint_downloads("m", card, None)
    assert guessed.size > 4 * SMALL["hidden_size"] ** 2
    assert guessed.source.startswith("estimated")


SMALL = {"input_size": 4, "patch_size": 2, "in_channels": 2, "hidden_size": 16, "depth": 1, "num_heads": 2, "num_classes": 3}


def test_disk_counts_what_the_files_hold():
    assert state_bytes(sampler_of({"name": "repa-sde", "steps": 3}), (4, 2, 2)) == 8 * 16
    assert state_bytes(sampler_of({"name": "dpm-solver++", "steps": 3}), (4, 2, 2)) == 4 * 2 * 16
    card = card_of({"name": "m", "family": "dit", "architecture": SMALL, "sampler": {"name": "ddpm", "steps": 3}})
    found = disk([("m", "a")], {"m": card}, {"m": 10}, 2, {"extractor": "study-cnn"})
    assert found["latents"] == 2 * 10 * (4 * 32 + 16)
    assert found["snapshots"] == 10 * 2 * 4 * 32


@pytest.mark.parametrize("family", ["dit", "mdt", "lightningdit", "xmdpt", "mdsgen"])
def test_every_family_can_be_timed_without_weights(family, monkeypatch):
    monkeypatch.setattr(calibration, "ENOUGH", 0.0)
    cards = {"m": calibration_card(family)}
    found = calibrate(cards, {"m": {"precision": "fp32", "compile": False}}, 4, "cpu", 1e6)
    assert found["evaluations"]["m"]["seconds"] > 0
    assert found["evaluations"]["m"]["measured"]


@pytest.mark.parametrize("name", ["sd-vae-ft-ema", "vavae-f16d32"])
def test_a_decoder_is_timed_or_estimated(name, monkeypatch):
    monkeypatch.setattr(calibration, "ENOUGH", 0.0)
    card = calibration_card("dit", in_channels=VAES[name].latent_channels, input_size=4, decoder=name)
    found = calibrate({"m": card}, {"m": {"precision": "fp32", "compile": False}}, 4, "cpu", 0.0)
    assert found["decoders"][name]["flops"] > 1e9
    assert not found["decoders"][name]["measured"]
    if name == "vavae-f16d32":
        found = calibrate({"m": card}, {"m": {"precision": "fp32", "compile": False}}, 4, "cpu", 1e6)
        assert found["decoders"][name]["measured"]


def calibration_card(family, decoder="identity", **changes):
    architecture = SMALL_FAMILIES[family] | changes
    return card_of({"name": "m", "family": family, "architecture": architecture, "decoder": {"name": decoder}})


def test_a_spent_budget_scales_by_operations():
    cards = {"a": calibration_card("dit"), "b": calibration_card("dit", depth=8)}
    numerics = {name: {"precision": "fp32", "compile": False} for name in cards}
    found = calibrate(cards, numerics, 4, "cpu", 0.0)["evaluations"]  # nothing fits, but one speed is needed
    assert (found["a"]["measured"], found["b"]["measured"]) == (True, False)
    assert found["b"]["seconds"] / found["a"]["seconds"] == pytest.approx(found["b"]["flops"] / found["a"]["flops"])


def test_the_operations_of_the_official_dit():
    """118.6 G multiply-adds, as the DiT paper's 118.64 Gflops counts them."""
    card = card_of(load_yaml(ROOT / "config/models/dit.yaml"))
    assert flops_per_evaluation(card) / 2 == pytest.approx(118.64e9, rel=2e-3)


def test_the_page_of_the_paper_study(paper, tmp_path):
    study, _, trunks = paper
    models = list(trunks)
    cards = {model: study.card(model) for model in models}
    evaluations = {model: {"seconds": 0.01, "flops": 2.4e11, "measured": True} for model in models}
    timing = {
        "device": "a card",
        "rows_per_call": 100,
        "evaluations": evaluations,
        "decoders": {"sd-vae-ft-ema": evaluations["dit"]},
    }
    (tmp_path / "calibration.json").write_text(json.dumps(timing | {"took": 1.0}))
    generated = study.generated(models)
    names = [
        "study",
        "generation",
        "cards",
        "calibration",
        "fetched",
        "assets",
        "not_run",
        "evaluation",
        "lock",
        "data",
        "markdown",
    ]
    values = [
        "paper",
        generated,
        cards,
        tmp_path / "calibration.json",
        ["dit"],
        {"decoder d": [{"url": "https://x/d", "mirrors": [], "insecure": False, "private": False, "size": 9, "sha256": None}]},
        {"x": "No data."},
        study.config["evaluation"],
    ]
    write_plan(**dict(zip(names, [*values, None, tmp_path / "plan.json", tmp_path / "plan.md"], strict=True)))
    text, plan = (tmp_path / "plan.md").read_text(), json.loads((tmp_path / "plan.json").read_text())
    assert "GPU-hours" in text
    assert "Not counted: x. No data." in text
    assert {"what": "decoder d", "size": 9, "source": "card"} in plan["downloads"]
    assert plan["planned_over_tables_alone"] <= 0.57
    assert plan["total"]["ratio"] <= 0.85
    assert any(file["what"] == "checkpoint of sit" and 2.6e9 < file["size"] < 2.8e9 for file in plan["downloads"])
    assert not any("checkpoint of dit" in file["what"] for file in plan["downloads"])
    seconds = plan["total"]["planned"] * 0.01
    assert plan["total"]["hours"] == pytest.approx((seconds + sum_of_images(study, trunks, cards) * 0.01) / 3600)
    row = plan["tables"]["localisation"]
    assert row["planned"] == sum(cost.planned for cost in localised(study).values())
    assert f"| localisation | {row['pairs']} | {row['naive']:,} | {row['planned']:,} |" in text


def test_a_study_that_generates_nothing_has_a_plan_too(tmp_path):
    nothing = calibrate({}, {}, 4, "cpu", 1.0)
    empty = {"wanted": {}, "models": {}, "localisation": {}, "snapshots": 1}
    plan = plan_of(empty, {}, nothing, [], {}, {}, {"extractor": "inception"}, None)
    assert plan["total"]["planned"] == plan["total"]["hours"] == 0
    assert "CPU-hours" in page("empty", plan)


def localised(study):
    """Model -> cost of its part of the table `localisation`."""
    parts = study.generated(study.wanted("tables", "localisation")["models"])["localisation"]
    return {
        name: localisation_cost(card_of(study.card(name)), part["samples"], part["settings"]) for name, part in parts.items()
    }


def test_localisation_shares_a_trunk_at_each_guidance_and_runs_the_last_steps_of_late_variants_alone(paper):
    found = localised(paper[0])["mg"]  # unguided, 250 steps of one evaluation each: no other guidance
    assert (found.pairs, found.images) == (2 * 21, 5000 * 2 * 21)
    assert found.planned == 5000 * (21 * 250 + 20 * 25)
    assert found.naive == 5000 * 2 * 21 * 250
    guided = localised(paper[0])["repa"]  # 172 of 250 steps are guided; at 1 none
    own = 250 + 172
    last = 25 + sum(each == 2 for each in step_evaluations(*card_parts("repa"))[-25:])
    assert guided.planned == 5000 * (21 * own + 20 * last + 6 * (250 + own))


def sum_of_images(study, trunks, cards):
    """Images of the models whose decoder was timed, those of the table `localisation` among them."""
    pairs = dict.fromkeys((m, v) for m in trunks for v in ("baseline", *trunks[m].starts))
    costs = {model: cost.images for model, cost in localised(study).items()}
    timed = [m for m in trunks if cards[m]["decoder"]["name"] == "sd-vae-ft-ema"]
    return sum(trunks[m].samples for m, _ in pairs if m in timed) + sum(costs[m] for m in timed)


def test_a_sampler_that_does_not_exist_is_refused():
    with pytest.raises(UserError, match="name"):
        step_evaluations(sampler_of({"name": "euler", "steps": 2}), None)
