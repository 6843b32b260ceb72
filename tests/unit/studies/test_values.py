"""Numbers as people and command lines write them become what the schema's type says; anything else is one sentence."""

import copy
import json
import math

import pytest
import yaml

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.cards import SCHEMA as MODELS
from semantic_bottleneck.study.data_cards import SCHEMA as DATA
from semantic_bottleneck.study.load import load_study
from semantic_bottleneck.study.validation import load_yaml, validated
from tests.unit.studies.hostile import VALUES, put, schema_parts
from tests.workflow.project import ROOT

STUDIES = ROOT / "config/schemas/study.schema.yaml"
NANO = load_yaml(ROOT / "config/nano.yaml")
DOCUMENTS = {
    "study": (NANO, STUDIES),
    "class model": (load_yaml(ROOT / "config/models/sit.yaml"), MODELS),
    "trained model": (load_yaml(ROOT / "config/models/repa-mini.yaml"), MODELS),
    "pose model": (load_yaml(ROOT / "config/models/xmdpt-l.yaml"), MODELS),
    "text model": (load_yaml(ROOT / "config/models/sd3-2b.yaml"), MODELS),
    "data": (load_yaml(ROOT / "config/data/cifar10.yaml"), DATA),
}


def schema_of(name: str) -> dict:
    return yaml.safe_load(DOCUMENTS[name][1].read_text())


def samples(value) -> dict:
    return validated(NANO | {"samples": value}, schema_of("study"), "own.yaml")


@pytest.mark.parametrize("given", [60, 60.0, "60", "60.0", "6e1", "6.0E+1", " 60 ", "+60"])
def test_the_same_whole_number_in_every_spelling(given):
    """What `--config samples=6e1`, a nested `--config`, JSON and YAML make of sixty."""
    study = samples(given)
    assert type(study["samples"]) is int
    assert json.dumps(study) == json.dumps(samples(60))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("many", "'many'"), (60.5, "60.5"), (True, "true"), (None, "null"), ([60], "a list of 1"), ({"a": 1}, "a mapping of 1"),
        ("", "''"), ("5 000", "'5 000'"), ("0x10", "'0x10'"), ("1e400", "'1e400'"), ("٣", "'٣'"), (1e300, "1e+300"),
        ("9" * 200, f"'{'9' * 60}...'"), (1, "1"), ("-5", "-5"), (10**10, str(10**10)),
    ],
)  # fmt: skip
def test_what_is_no_number_of_samples(given, said):
    with pytest.raises(UserError) as error:
        samples(given)
    assert str(error.value) == f"own.yaml: the value of 'samples' must be a whole number from 2 to 1000000000, not {said}."


@pytest.mark.parametrize("given", [math.nan, math.inf, -math.inf])
def test_only_finite_numbers(given):
    with pytest.raises(UserError, match=r"own\.yaml: the value of 'samples' must be a finite number, not (nan|-?inf)\."):
        samples(given)


def test_types_that_allow_the_given_value_leave_it():
    study = copy.deepcopy(NANO)
    study["evaluation"] |= {"prompt": "5000 {}", "spatial": "true", "dinov2": "null", "batch": "1e2", "groups": 6.0}
    study["generation"] |= {"last_share": "3.4e-1", "device": "cpu"}
    study["pruning"]["variants"]["x"] = {"side": "tail", "tau": 1, "noise": "null", "count": "3"} | {"count": None}
    del study["pruning"]["variants"]["x"]["count"]
    study["dynamics"]["variants"]["base"]["levels"] = {"timesteps": 50, "embedders": "50", "share": 0.5}
    result = validated(study, schema_of("study"), "own.yaml")
    evaluation = result["evaluation"]
    assert [evaluation[key] for key in ("prompt", "spatial", "dinov2", "batch", "groups")] == ["5000 {}", True, None, 100, 6]
    assert result["generation"]["last_share"] == 0.34
    variant = result["pruning"]["variants"]["x"]
    assert type(variant["tau"]) is int  # 1 and 1.0 stay as they are given, so that no parameter changes
    assert variant["noise"] is None
    assert result["dynamics"]["variants"]["base"]["levels"] == {"timesteps": 50, "embedders": "50", "share": 0.5}


def test_options_of_other_types_than_text():
    card = load_yaml(ROOT / "config/models/sit-mini.yaml")
    card["training"]["objective"]["noise_time"] = "0"
    card["training"]["container"]["key"] = "null"
    card["training"]["learning_rate"] = "1e-3"  # PyYAML's reading of 1e-3
    result = validated(card, schema_of("trained model"), "own.yaml")["training"]
    assert result["objective"]["noise_time"] == 0
    assert type(result["objective"]["noise_time"]) is int
    assert result["container"]["key"] is None
    assert result["learning_rate"] == 0.001


def test_a_date_is_the_text_it_was():
    study = yaml.safe_load("study: 2026-01-01")
    assert validated(NANO | study, schema_of("study"), "own.yaml")["study"] == "2026-01-01"
    with pytest.raises(UserError, match=r"'samples' must be a whole number .*, not '2026-01-01'"):
        validated(NANO | yaml.safe_load("samples: 2026-01-01"), schema_of("study"), "own.yaml")


@pytest.mark.parametrize(("key", "said"), [(1, "1"), (None, "null"), (True, "true"), (0.5, "0.5"), ((1, 2), "(1, 2)")])
def test_keys_are_text(key, said):
    study = copy.deepcopy(NANO)
    study["pruning"]["variants"]["tail-39-last"][key] = False
    with pytest.raises(UserError) as error:
        validated(study, schema_of("study"), "own.yaml")
    assert str(error.value) == (
        f"own.yaml: the key {said} in 'pruning.variants.tail-39-last' must be text; write it in quotes."
    )


def test_a_value_of_many_faces_is_described_in_words():
    study = copy.deepcopy(NANO)
    for path, value, words in (
        (("generation", "last_share"), 1.5, "'generation.last_share' must be a number above 0 and below 1, not 1.5."),
        (("generation", "device"), "gpu", "'generation.device' must be 'auto' or 'cpu', not 'gpu'."),
        (
            ("evaluation", "prompt"),
            "a photo",
            "'evaluation.prompt' must be text with {} in it once, and no other brace, not 'a photo'.",
        ),
        (("models",), [], "'models' must be a list of at least 1, not an empty list."),
        (("models",), ["sit-nano"] * 2, "'models' holds 'sit-nano' twice; keep one."),
        (("study",), "Nano ", "'study' must be a name of at most 100 lower-case letters, digits and hyphens, not 'Nano '."),
        (("study",), "nano\n", "'study' must be a name of at most 100 lower-case letters, digits and hyphens, not 'nano\\n'."),
        (("dier", "timesteps"), [1000], "'dier.timesteps.0' must be a whole number from 0 to 999, not 1000."),
        (("tables",), 5, "'tables' must be a mapping of keys to values, not 5."),
    ):
        changed = copy.deepcopy(study)
        put(changed, path, value)
        with pytest.raises(UserError) as error:
            validated(changed, schema_of("study"), "own.yaml")
        assert str(error.value) == f"own.yaml: the value of {words}"


def test_anchors_that_multiply_or_contain_themselves():
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(8)
    )
    with pytest.raises(UserError, match=r"own\.yaml: 'levels' holds too many values"):
        validated(NANO | {"levels": yaml.safe_load(bomb)}, schema_of("study"), "own.yaml")
    with pytest.raises(UserError, match=r"own\.yaml: 'levels' holds too many values"):
        validated(NANO | {"levels": yaml.safe_load("&a [*a]")}, schema_of("study"), "own.yaml")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_key_of_a_schema_takes_a_value_or_names_itself(name):
    """Each key that the schema names (list items and the user's own names apart), with each of the hostile values."""
    document, _ = DOCUMENTS[name]
    schema = schema_of(name)
    tried = 0
    for path in sorted({path for path, _ in schema_parts(schema, schema) if "*" not in path}):
        for value in VALUES:
            changed = copy.deepcopy(dict(document))
            try:
                put(changed, path, copy.deepcopy(value))
            except (TypeError, AttributeError):
                continue  # a key below a value that is no mapping in this document
            tried += 1
            try:
                json.dumps(validated(changed, schema, "own.yaml"), allow_nan=False).encode()
            except UserError as error:
                sentence = str(error)
                # Or the sentence names a key on the way there, which this document cannot have.
                assert any(f"{key}" in sentence for key in path), (path, value, sentence)
                assert sentence.startswith("own.yaml: ")
                assert "\n" not in sentence
                assert len(sentence) < 400 or "known keys" in sentence
    assert tried > 10 * len(VALUES)


def test_every_pattern_has_words():
    def patterns(node):
        if isinstance(node, dict):
            if isinstance(node.get("pattern"), str):
                assert isinstance(node["words"], str), node
                yield node["pattern"]
            for part in node.values():
                yield from patterns(part)
        elif isinstance(node, list):
            for part in node:
                yield from patterns(part)

    for kind in ("asset", "data", "model", "study"):
        assert list(patterns(yaml.safe_load((ROOT / f"config/schemas/{kind}.schema.yaml").read_text())))


def test_the_study_names_its_files(tmp_path):
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(dict(NANO) | {"samples": "many"}))
    config = load_yaml(tmp_path / "own.yaml")
    with pytest.raises(UserError, match=r"own\.yaml and --config: the value of 'samples' must be"):
        load_study(config, ROOT, [tmp_path / "own.yaml"], {"seed": 1})
    (tmp_path / "twice.yaml").write_text((ROOT / "config/nano.yaml").read_text() + "\nsamples: 70\n")
    with pytest.raises(UserError, match=r"twice\.yaml gives the key 'samples' twice, in lines 4 and \d+; keep one of them"):
        load_study(NANO, ROOT, [tmp_path / "twice.yaml"])
    (tmp_path / "own.json").write_text(json.dumps(NANO, indent="\t"))
    assert load_study(NANO, ROOT, [tmp_path / "own.json"]).config["samples"] == 60
