"""The `dier` section of a study, resolved and refused."""

from copy import deepcopy
from pathlib import Path

import pytest

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.dier import load_plan
from semantic_bottleneck.study.dier_settings import run_settings
from semantic_bottleneck.study.load import load_study
from semantic_bottleneck.study.validation import load_yaml

ROOT = Path(__file__).resolve().parents[3]


def plan_of(name, change=None):
    config = load_yaml(ROOT / f"config/{name}.yaml")
    if change:
        config = deepcopy(config)
        change(config["dier"])
    study = load_study(config, ROOT)
    return load_plan(study.config, study.file, ROOT)


@pytest.mark.parametrize("name", ["config", "miniature", "nano"])
def test_every_run_of_every_study_has_settings_that_the_library_takes(name):
    plan = plan_of(name)
    for data in plan.cards:
        for run in plan.runs(data):
            variant = run.rpartition(".s")[0]
            assert run_settings(plan.settings(data, variant))
            assert plan.measured(data, variant, 0)["timesteps"]


def test_the_miniature_shows_the_bar_with_seeds():
    plan = plan_of("miniature")
    assert plan.settings("mnist16", "dier-16")["embedding"] == 16
    assert plan.section["runs"]["mnist16"]["variants"]["dier-16"] >= 3
    assert plan.data() == ["mnist16", "mnist8-filling", "mnist8-small", "digits"]
    assert plan.not_run() == {}


def test_the_paper_study_is_dit_tiny_with_1024_dimensions():
    settings = plan_of("config").settings("cifar10", "dier-1024")
    assert (settings["size"], settings["embedding"], settings["learning_rate"]) == ("tiny", 1024, 1e-4)


def test_a_variants_values_go_over_the_data_sets_and_those_over_the_studys():
    plan = plan_of("miniature")
    assert plan.settings("mnist16", "supervised")["steps"] == 800
    assert plan.settings("mnist16", "dier-16")["steps"] == plan.section["runs"]["mnist16"]["training"]["steps"]
    assert plan.settings("digits", "dier-16")["learning_rate"] == plan.section["training"]["learning_rate"]
    assert plan.run("digits", "dier-16", 2)["seed"] == plan.seed + 2


def test_what_is_pruned_does_not_change_the_training():
    plans = [plan_of("nano"), plan_of("nano", lambda dier: dier["pruning"].update(timestep=0))]
    assert plans[0].run("digits", "dier-4", 0) == plans[1].run("digits", "dier-4", 0)
    assert plans[0].measured("digits", "dier-4", 0) != plans[1].measured("digits", "dier-4", 0)


@pytest.mark.parametrize("name", ["config", "miniature"])
def test_self_supervised_baselines_have_dier_encoder_and_see_as_many_images(name):
    plan = plan_of(name)
    for data in plan.cards:
        for variant in {"vicreg", "masked-autoencoder"} & set(plan.section["runs"][data]["variants"]):
            own, headline = (plan.settings(data, each) for each in (variant, plan.reporting()["runs"][data][0]))
            assert own["steps"] * own["batch_size"] == headline["steps"] * headline["batch_size"]
            for key in ("size", "encoder", "strides", "embedding", "patch_size", "normalise"):
                assert own[key] == headline[key]


def test_the_pictures_of_the_density_pair_differ_in_nothing_but_their_place():
    plan = plan_of("miniature")
    dense, sparse = (plan.section["density"][role] for role in ("dense", "sparse"))
    assert plan.settings(dense, "dier-16-short") == plan.settings(sparse, "dier-16-short")
    one, other = (vars(plan.cards[name]) for name in (dense, sparse))
    ours = {key for key in one if one[key] != other[key]}
    assert ours == {"name", "title", "fit"}


def test_a_study_without_the_section_has_no_plan():
    config = load_yaml(ROOT / "config/nano.yaml")
    del config["dier"]
    assert load_plan(load_study(config, ROOT).config, "", ROOT) is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda dier: dier["training"].update(stepz=3), "unknown key 'dier.training.stepz'; did you mean 'steps'"),
        (lambda dier: dier["runs"].update(imagenet={"variants": {"dier-4": 1}}), r"imagenet\.yaml does not exist"),
        (lambda dier: dier["runs"]["digits"]["variants"].update(other=1), "dier.variants has no variant 'other'"),
        (lambda dier: dier["runs"]["digits"]["variants"].update({"dier-4": 6}), "has 6 replicates, but only 5 folds"),
        (lambda dier: dier["runs"]["digits"].update(variants={"backbone": 1}), "must be of kind dier"),
        (lambda dier: dier["pruning"].update(variants=["dier-5"]), "dier.variants has no variant 'dier-5'"),
        (
            lambda dier: dier.update(density={"dense": "digits", "sparse": "mnist"}),
            "dier.density.sparse names 'mnist'",
        ),
        (
            lambda dier: dier["variants"]["vicreg"]["settings"].update(batch_size=1),
            "batch_size of vicreg is 1",
        ),
    ],
)
def test_a_wrong_section_is_named(change, sentence):
    with pytest.raises(UserError, match=sentence):
        plan_of("nano", change)
