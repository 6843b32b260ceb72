"""Arms of the mechanism: cards, trainings, what is pruned of them, and sentences where they contradict something."""

import copy

import pytest

from semantic_bottleneck.data.bundled_images import load_images
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.load import load_study
from semantic_bottleneck.study.page_facts import mechanism_facts, report_facts
from semantic_bottleneck.study.validation import load_yaml
from tests.workflow.project import ROOT

NANO = load_yaml(ROOT / "config/nano.yaml")
ARMS = {
    "learned": {"of": "sit-nano", "title": "all learned", "role": "base", "seeds": 2},
    "confined": {"of": "learned", "role": "confined", "set": {"architecture.t_dimensions": 4}},
    "few": {"of": "sit-nano", "set": {"architecture.num_classes": 3}},
}


def study(arms=ARMS, **section):
    config = copy.deepcopy(NANO)
    config["mechanism"] = {"variants": ["baseline", "head-10-every"], "seeds": 1, "arms": arms, **section}
    return load_study(config, ROOT)


def test_an_arm_is_a_model_with_its_own_card_seeds_and_variants():
    loaded = study(set={"training.steps": 40, "training.seed": 7})
    assert loaded.arms == {"learned": ["learned", "learned.s1"], "confined": ["confined"], "few": ["few"]}
    assert loaded.models[: len(NANO["models"])] == NANO["models"]
    assert loaded.models[len(NANO["models"]) :] == ["learned", "learned.s1", "confined", "few"]
    assert loaded.card("confined")["architecture"] == loaded.card("learned")["architecture"] | {"t_dimensions": 4}
    assert [loaded.training_seed(run) for run in ("learned", "learned.s1", "confined")] == [7, 8, 7]
    assert list(loaded.variants_of("learned.s1")) == ["baseline", "head-10-every"]
    assert set(loaded.variants_of("sit-nano")) == set(NANO["pruning"]["variants"])
    assert loaded.model("few").classes == 3
    assert loaded.is_trained_here("few")
    facts = mechanism_facts(loaded)
    assert [arm["title"] for arm in facts["arms"]] == ["all learned", "confined", "few"]
    assert facts["shown"] == ["baseline"]


def test_no_model_of_the_report_is_an_arm_and_a_study_may_have_none():
    assert set(report_facts(study())["cards"]) == set(NANO["models"])
    config = {key: value for key, value in NANO.items() if key != "mechanism"}
    assert load_study(config, ROOT).arms == {}


def test_fewer_classes_are_the_first_ones():
    data = load_images("digits")
    few = data.first_classes(3)
    assert few.class_names == data.class_names[:3]
    assert set(few.labels) == {0, 1, 2}
    assert len(few) == (data.labels < 3).sum()
    assert data.first_classes(10) is data


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"arms": {"sit-nano": {"of": "sit-nano"}}}, r"mechanism\.arms\.sit-nano has the name of a model"),
        ({"arms": {"x": {"of": "nobody"}}}, r"mechanism\.arms\.x\.of is neither an earlier variant nor a card"),
        ({"arms": {"x": {"of": "sit-nano", "set": {"training.step": 1}}}}, r"mechanism\.arms\.x: .*training\.step"),
        (
            {"arms": {"x": {"of": "sit-nano", "set": {"architecture.t_dimensions": 99}}}},
            r"mechanism\.arms\.x: .*t_dimensions is 99",
        ),
        ({"arms": {"x": {"of": "sit-nano", "set": {"architecture.num_classes": 11}}}}, r"num_classes of x is 11"),
        ({"variants": ["baseline", "head-99"]}, r"mechanism\.variants: .*no variant 'head-99'"),
        ({"variants": ["head-10-every"]}, "mechanism"),
        ({"shown": ["tail-39-every"]}, r"mechanism\.shown names 'tail-39-every'"),
    ],
)
def test_contradictions_are_named(section, said):
    with pytest.raises(UserError, match=said):
        study(**({"arms": ARMS} | section))
