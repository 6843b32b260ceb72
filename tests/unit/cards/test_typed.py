"""The dataclasses of a card and its schema say the same: keys, which of them may be missing or null, and what is below them."""

from dataclasses import fields, is_dataclass
from types import NoneType
from typing import Literal, get_args, get_origin, get_type_hints

import pytest
import yaml

from semantic_bottleneck.study.asset import Asset
from semantic_bottleneck.study.card import Card, Guidance
from semantic_bottleneck.study.cards import SCHEMA, load_card
from semantic_bottleneck.study.conditioning import (
    ClassConditioning,
    Conditioning,
    PooledEncoder,
    PoseConditioning,
    TextConditioning,
    TokenEncoder,
)
from semantic_bottleneck.study.data_card import DataCard, Source
from semantic_bottleneck.study.samplers import SamplerSpec
from semantic_bottleneck.study.training import Objective
from semantic_bottleneck.study.typed import required, typed
from tests.workflow.project import ROOT

MODELS = yaml.safe_load(SCHEMA.read_text())
DEFINITIONS = MODELS["$defs"]
OPEN = {"architecture": "a family's constructor values", "tables": "names of tables"}
"""Keys below which plain mappings stay, and what they hold."""


def resolved(part):
    """A part of the schema with what it refers to."""
    while "$ref" in part:
        part = DEFINITIONS[part["$ref"].rsplit("/", 1)[1]] | {key: value for key, value in part.items() if key != "$ref"}
    return part


def branches(kind):
    """Tag -> schema and dataclass of each of a section's forms."""
    tag = next(field.name for field in fields(kind))
    members = {get_args(get_type_hints(member)[tag])[0]: member for member in kind.__subclasses__()}
    return {name: (DEFINITIONS[name], member) for name, member in members.items()}


def may_be_none(kind, name):
    return NoneType in get_args(get_type_hints(kind)[name])


def nullable(part):
    return "null" in part.get("type", []) or None in part.get("enum", [])


def assert_same(kind, schema, where="card"):
    """Every key is a field and every field a key, all the way down."""
    properties = schema["properties"]
    assert {field.name for field in fields(kind)} == set(properties), where
    for name, part in properties.items():
        part = resolved(part)
        hint = get_type_hints(kind)[name]
        inner = next((each for each in (*get_args(hint), hint) if is_dataclass(each)), None)
        if where != "card":
            absent = name not in schema.get("required", ()) and "default" not in part and get_origin(hint) is not Literal
            assert may_be_none(kind, name) == (absent or nullable(part)), f"{where}.{name}"
        if inner is None:
            assert "properties" not in part or name in OPEN, f"{where}.{name} is a plain mapping"
            continue
        if "items" in part:
            part = resolved(part["items"])
        if not inner.__subclasses__():
            assert_same(inner, part, f"{where}.{name}")


def test_a_card():
    assert_same(Card, MODELS)


@pytest.mark.parametrize("name", branches(Conditioning))
def test_every_kind_of_condition(name):
    schema, kind = branches(Conditioning)[name]
    assert_same(kind, schema, name)


@pytest.mark.parametrize(("form", "encoder"), [("text", PooledEncoder), ("text_tokens", TokenEncoder)])
def test_both_forms_of_text_encoders(form, encoder):
    assert_same(TextConditioning, DEFINITIONS[form], form)
    items = DEFINITIONS[form]["properties"]["encoders"]["items"]
    assert_same(encoder, items, f"{form}.encoders")
    assert list(get_args(get_type_hints(encoder)["kind"])) == items["properties"]["kind"]["enum"]


@pytest.mark.parametrize(("section", "key"), [(SamplerSpec, "sampler"), (Objective, "objective")])
def test_every_sampler_and_objective(section, key):
    forms = branches(section)
    assert sorted(forms) == sorted(DEFINITIONS[key]["properties"]["name"]["enum"])
    for name, (schema, kind) in forms.items():
        assert_same(kind, schema | {"required": [*schema.get("required", []), "name"]}, name)


def kinds_of(reference):
    """The kinds that a family's conditions may have."""
    name = reference["$ref"].rsplit("/", 1)[1]
    definition = DEFINITIONS[name]
    return kinds_of(definition["then"]) | kinds_of(definition["else"]) if "if" in definition else {name}


def test_an_asset_card():
    """Its excerpts leave out more than the card may, so only the keys are compared."""
    schema = yaml.safe_load(SCHEMA.with_name("asset.schema.yaml").read_text())
    assert {field.name for field in fields(Asset)} == set(schema["properties"])


def test_a_data_card_and_every_kind_of_source():
    schema = yaml.safe_load(SCHEMA.with_name("data.schema.yaml").read_text())
    assert_same(DataCard, schema)
    source, forms = schema["properties"]["source"], {}
    for part in source["allOf"]:
        kinds, then = part["if"]["properties"]["kind"], part["then"]
        if "required" in then:
            keys = {key: value for key, value in source["properties"].items() if then["properties"].get(key) is not False}
            forms |= {
                key: {"required": then["required"], "properties": keys} for key in kinds.get("enum", [kinds.get("const")])
            }
    assert set(forms) == set(source["properties"]["kind"]["enum"])
    for kind in Source.__subclasses__():
        for name in get_args(get_type_hints(kind)["kind"]):
            assert_same(kind, forms[name], name)


def test_kinds_are_those_of_the_schema():
    named = set().union(*(kinds_of(part["then"]["properties"]["conditioning"]) for part in MODELS["allOf"]))
    assert set(branches(Conditioning)) == named - {"text_tokens"}  # of kind text, too


@pytest.mark.parametrize("path", sorted((ROOT / "config/models").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_card_of_ours_has_its_types(path):
    plain = load_card(path)
    card = typed(Card, plain)
    assert card.name == path.stem
    kind = {"class": ClassConditioning, "pose": PoseConditioning}.get(plain["conditioning"]["kind"], Conditioning)
    assert isinstance(card.conditioning, kind)
    assert (card.classes is None) == (plain["conditioning"]["kind"] != "class")
    assert (card.sampler is None) == ("sampler" not in plain)


def test_an_excerpt_has_the_sections_that_it_has():
    plain = load_card(ROOT / "config/models/dit.yaml")
    excerpt = typed(Card, {key: plain[key] for key in ("name", "family", "architecture", "guidance")})
    assert excerpt.guidance == Guidance(1.5, None, None, 3, "constant", 4)
    assert excerpt.sampler is None
    with pytest.raises(TypeError, match="lacks this section"):
        required(excerpt.sampler)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda plain: plain.pop("family"), "Card.family is missing"),
        (lambda plain: plain["guidance"].pop("schedule"), "Guidance.schedule is missing"),
        (lambda plain: plain["guidance"].update(interva=[0, 1]), "Guidance has no field interva"),
        (lambda plain: plain["sampler"].update(name="euler"), "is none of DDPMOptions"),
    ],
)
def test_nothing_is_filled_in(change, words):
    plain = load_card(ROOT / "config/models/dit.yaml")
    change(plain)
    with pytest.raises(TypeError, match=words):
        typed(Card, plain)
