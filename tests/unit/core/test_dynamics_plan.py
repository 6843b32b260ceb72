"""Variants of the dynamics study: cards, runs, and what is absent."""

from pathlib import Path

import pytest

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.dynamics import load_dynamics, split_run

ROOT = Path(__file__).resolve().parents[3]


def section(**variants):
    base = {"base": {"of": "sit-nano", "set": {}}}
    return {"seeds": 2, "checkpoints": [0, 10], "timesteps": 3, "set": {"training.steps": 10}, "variants": base | variants}


def load(variants, **config):
    return load_dynamics({"data": "digits", "dynamics": section(**variants) | config}, ROOT)


def test_changes_are_made_to_the_card_and_nowhere_else():
    wide = {"of": "base", "factor": "width", "set": {"architecture.hidden_size": 32}}
    both = {"of": "wide", "set": {"training.objective.timesteps": 50}}
    plan = load({"wide": wide, "both": both})
    assert plan.runs() == ["base.s0", "base.s1", "wide.s0", "wide.s1", "both.s0", "both.s1"]
    assert plan.base == "base"
    assert plan.card("base.s1")["architecture"]["hidden_size"] == 16
    assert plan.card("both.s0")["architecture"]["hidden_size"] == 32
    assert plan.card("both.s0")["training"]["objective"] == {"name": "velocity", "noise_time": 0, "timesteps": 50}
    assert plan.card("wide.s0")["training"]["objective"] == {"name": "velocity", "noise_time": 0}
    assert {plan.card(run)["training"]["steps"] for run in plan.runs()} == {10}
    assert plan.card("wide.s1")["name"] == "wide"
    assert [plan.seed(run) for run in ("base.s0", "wide.s1")] == [1, 2]
    shown = {entry["name"]: entry for entry in plan.reporting(ROOT)["variants"]}
    assert shown["base"]["levels"] == {"width": "16"}
    assert shown["wide"]["level"] == "32"


def test_a_study_without_the_section_has_no_runs():
    plan = load_dynamics({"data": "digits"}, ROOT)
    assert (plan.runs(), plan.base, plan.missing(ROOT), plan.reporting(ROOT)["variants"]) == ([], "", None, [])


def test_names_of_runs():
    assert split_run("weight-decay-0.1.s12") == ("weight-decay-0.1", 12)


@pytest.mark.parametrize(
    ("variant", "named"),
    [
        (
            {"of": "base", "set": {"training.learning_rat": 1.0}},
            "unknown key 'training.learning_rat'; did you mean",
        ),
        ({"of": "base", "set": {"sampler.steps": 1}}, "sets 'sampler.steps'"),
        ({"of": "nobody", "set": {}}, "nobody.yaml does not exist"),
        ({"of": "repa", "set": {}}, "repa is not trained here"),
        ({"of": "base", "set": {"training.steps": 5}}, "ends at step 5; take 10 out"),
    ],
)
def test_what_cannot_be_is_named(variant, named):
    with pytest.raises(UserError, match=named):
        load({"odd": variant})


def test_absent_latents_are_missed_until_there_are_pictures(tmp_path):
    given = {"data": "latents:data/x", "encode": {"images": "data/pictures"}}
    plan = load({}, **given)
    assert plan.manifest == "data/x/manifest.json"
    assert "data absent: data/x/manifest.json does not exist; put the images" in plan.missing(tmp_path)
    (tmp_path / "data/pictures").mkdir(parents=True)
    assert plan.missing(tmp_path) is None
    assert plan.encodes(tmp_path)
    assert "set dynamics.encode.images" in load({}, data="latents:data/x").missing(tmp_path)
