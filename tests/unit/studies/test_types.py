"""The types of a study and the keys of its schema are the same, both ways; nothing is coerced and nothing is made up."""

from dataclasses import MISSING, asdict, fields
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic_bottleneck.study.dier import load_plan
from semantic_bottleneck.study.dier_settings import RunSettings
from semantic_bottleneck.study.dier_sizes import SIZES
from semantic_bottleneck.study.load import load_study
from semantic_bottleneck.study.pruning import CRITERIA, Count, Criterion, Fraction, Pruning, Quantile, Ranks, Tau, pruned_steps
from semantic_bottleneck.study.sample_plan import SamplePlan
from semantic_bottleneck.study.validation import load_yaml, validated
from semantic_bottleneck.study.windows import Window
from tests.sections import variant_of
from tests.unit.studies.from_schema import values
from tests.workflow.project import ROOT

SCHEMA = load_yaml(ROOT / "config/schemas/study.schema.yaml")
VARIANT = SCHEMA["$defs"]["variant"]
DIER = SCHEMA["$defs"]["dier_settings"]["properties"]
TYPES = (SamplePlan, Pruning, Window, RunSettings, *get_args(Criterion))
ELSEWHERE = {"device", "jobs_per_device", "last_share", "snapshots"}
"""Keys of `generation` that decide no baseline's samples: where jobs run, and where variants prune and fork."""
PLAIN = variant_of({}) | {"side": "tail"}


def names(kind):
    return {field.name for field in fields(kind)}


def flat(pruning):
    """The variant that a pruning was made of, with None for what it did not say."""
    (key,) = (key for key, kind in CRITERIA.items() if kind is type(pruning.criterion))
    (value,) = asdict(pruning.criterion).values()
    whole = {name: getattr(pruning, name) for name in names(Pruning) - {"criterion", "window"}}
    return whole | {key: value, "window": pruning.window.kind, "last_steps": pruning.window.last_steps}


@st.composite
def variants(draw):
    """Variants with a side, as the schema allows and fills them in."""
    drawn = draw(values(VARIANT, SCHEMA).filter(lambda variant: "side" in variant))
    (criterion,) = draw(st.lists(st.sampled_from([*CRITERIA]), min_size=1, max_size=1))
    said = {key: value for key, value in drawn.items() if key not in CRITERIA}
    said |= {criterion: draw(values(VARIANT["properties"][criterion], SCHEMA))}
    return validated(said | ({"like": "head"} if said["side"] == "random" and "like" not in said else {}), VARIANT, "own.yaml")


def test_the_keys_of_a_variant_are_its_fields():
    window = {"window" if name == "kind" else name for name in names(Window)}
    assert names(Pruning) - {"criterion", "window"} | window | set(CRITERIA) == set(VARIANT["properties"])
    assert set(CRITERIA) == {part["required"][0] for part in VARIANT["then"]["oneOf"]}
    assert set(CRITERIA.values()) == set(get_args(Criterion)) == {Tau, Quantile, Count, Fraction, Ranks}


@pytest.mark.parametrize(
    ("kind", "field", "key"),
    [(Pruning, key, key) for key in ("side", "like", "ranked_by", "mask", "replacement", "branch")]
    + [(Window, "kind", "window")],
)
def test_the_words_of_a_field_are_the_schemas(kind, field, key):
    def words(hint):
        return {hint} if isinstance(hint, str) else {word for part in get_args(hint) for word in words(part)}

    assert words(get_type_hints(kind)[field]) == set(VARIANT["properties"][key]["enum"])


def test_the_keys_of_generation_are_the_fields_of_a_plan_or_decide_no_sample():
    study = set(SCHEMA["properties"])
    generation = set(SCHEMA["properties"]["generation"]["properties"])
    assert names(SamplePlan) & study == {"seed", "samples"}
    assert names(SamplePlan) - study == generation - ELSEWHERE
    assert generation >= ELSEWHERE


def test_the_keys_of_a_dier_run_are_its_fields_and_each_has_its_default_in_the_schema():
    assert names(RunSettings) == set(DIER)
    assert all("default" in part for part in DIER.values())
    for key in ("kind", "encoder", "normalise"):
        assert set(get_args(get_type_hints(RunSettings)[key])) == set(DIER[key]["enum"])
    assert set(DIER["size"]["enum"]) == set(SIZES)


def test_defaults_of_a_dier_run_stand_below_what_any_level_says():
    config = load_yaml(ROOT / "config/nano.yaml")
    config["dier"]["runs"]["digits"]["training"] = {"embedding": 8}
    plan = load_plan(load_study(config, ROOT).config, "", ROOT)
    plain = {key: part["default"] for key, part in DIER.items()}
    assert plan.settings("digits", "backbone") == plain | config["dier"]["training"] | {"embedding": 8, "kind": "backbone"}


@pytest.mark.parametrize("kind", TYPES)
def test_no_type_has_a_default_or_can_be_changed(kind):
    assert all(field.default is MISSING and field.default_factory is MISSING for field in fields(kind))
    assert kind.__dataclass_params__.frozen


@given(variants())
def test_a_pruning_holds_what_the_variant_says(variant):
    pruning = Pruning.from_plain(variant)
    made = flat(pruning)
    assert {key: value for key, value in made.items() if value is not None or key in variant} == variant
    assert {key: type(made[key]) for key in variant} == {key: type(value) for key, value in variant.items()}
    assert pruning.ranks == (variant["like"] if variant["side"] == "random" else variant["side"])


def test_the_baseline_is_none_and_prunes_at_no_step():
    assert Pruning.from_plain(validated({}, VARIANT, "own.yaml")) is None
    assert pruned_steps(None, 50, 0.1) == range(0)
    assert pruned_steps(Pruning.from_plain(PLAIN | {"tau": 1, "window": "last"}), 50, 0.1) == range(45, 50)


def test_a_variant_without_a_value_that_the_schema_fills_in_is_no_variant():
    for key in set(PLAIN) - {"side"}:
        with pytest.raises(KeyError, match=key):
            Pruning.from_plain({name: value for name, value in PLAIN.items() if name != key} | {"tau": 1})


def test_a_plan_is_of_the_study_and_the_models_own_precision():
    config = load_yaml(ROOT / "config/nano.yaml")
    config["generation"] |= {"shards": 3, "labels": "random", "compile": True}
    study = load_study(config | {"seed": 5}, ROOT)
    plan = study.sample_plan("sit-nano")
    assert plan == SamplePlan(
        seed=5,
        samples=60,
        shards=3,
        micro_batch=10,
        labels="random",
        precision=study.card("sit-nano")["precision"],
        compile=True,
    )
    assert [plan.shard(number) for number in range(3)] == [range(20), range(20, 40), range(40, 60)]
    assert SamplePlan(**asdict(plan)) == plan
    config["generation"]["precision"] = "bf16"
    assert load_study(config, ROOT).sample_plan("sit-nano").precision == "bf16"
