"""Two hundred studies and cards with something wrong, or something else, in them: each plans, or ends in one sentence.

Derandomised: the same two hundred each time. Planning goes as far as `rules.plan`; that the sentence reaches the console of
the real `snakemake -n`, tests/workflow/test_messages.py shows on a handful.
"""

import copy
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.validation import load_yaml
from tests.unit.studies.from_schema import values
from tests.unit.studies.hostile import VALUES, paths, put, schema_parts
from tests.unit.studies.rules import plan
from tests.workflow.project import ROOT

STUDY = "config/nano.yaml"
CARDS = [f"config/models/{name}-nano.yaml" for name in ("dit", "sit", "repa", "mg")]
DATA = ["config/data/digits.yaml", "config/data/cifar10.yaml"]
DOCUMENTS = {file: load_yaml(ROOT / file) for file in [STUDY, *CARDS, *DATA]}
SCHEMAS = {
    kind: yaml.safe_load((ROOT / f"config/schemas/{kind}.schema.yaml").read_text()) for kind in ("study", "model", "data")
}
PARTS = {kind: [entry for entry in schema_parts(schema, schema) if "*" not in entry[0]] for kind, schema in SCHEMAS.items()}
FILES = st.sampled_from([STUDY] * 4 + CARDS + DATA)


def kind_of(file: str) -> str:
    return "study" if file == STUDY else "model" if file in CARDS else "data"


@st.composite
def another_value(draw, file: str) -> tuple[tuple, Any]:
    """A key that the document has or its schema knows, and a value that does not belong there, or does."""
    kind = kind_of(file)
    if draw(st.booleans()):
        there = st.sampled_from([*paths(DOCUMENTS[file]), *(path for path, _ in PARTS[kind])])
        return draw(there), copy.deepcopy(draw(st.sampled_from(VALUES)))
    path, part = draw(st.sampled_from(PARTS[kind]))
    return path, draw(values(part, SCHEMAS[kind]))


@st.composite
def renamed(draw, file: str) -> tuple[tuple, str | None]:
    """A key of the document and another spelling of it, None where it is forgotten."""
    path = draw(st.sampled_from([path for path in paths(DOCUMENTS[file]) if isinstance(path[-1], str)]))
    name, at = path[-1], draw(st.integers(0, len(path[-1]) - 1))
    return path, draw(
        st.sampled_from([None, name[:at] + name[at + 1 :], name[:at] + "x" + name[at:], name.title(), f"{name} "])
    )


CHANGES = FILES.flatmap(
    lambda file: st.one_of(
        st.tuples(st.just(file), st.just("value"), another_value(file)),
        st.tuples(st.just(file), st.just("value"), another_value(file)),
        st.tuples(st.just(file), st.just("name"), renamed(file)),
        st.tuples(st.sampled_from(CARDS + DATA), st.just("file"), st.sampled_from(["absent", "folder", "empty", "binary"])),
    )
)


def apply(root: Path, file: str, how: str, change: Any) -> dict:
    """Make one change below `root`; returns the study to plan."""
    study = copy.deepcopy(DOCUMENTS[STUDY])
    document, path = (study if file == STUDY else copy.deepcopy(DOCUMENTS[file])), root / file
    if how == "file":
        path.unlink()
        {"absent": lambda: None, "folder": path.mkdir, "empty": path.touch, "binary": lambda: path.write_bytes(b"\xff\0")}[
            change
        ]()
        return study
    place, new = change
    if how == "value":
        put(document, place, new)
    else:
        inside = document
        for key in place[:-1]:
            inside = inside[key]
        value = inside.pop(place[-1])
        if new is not None:
            inside[new] = value
    if file != STUDY:
        path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return study


def restore(root: Path, file: str) -> None:
    if (root / file).is_dir():
        (root / file).rmdir()
    shutil.copy(ROOT / file, root / file)


def names_a_key(sentence: str, file: str, how: str, change: Any) -> bool:
    """The changed key, the one that it contradicts, or the file."""
    if how == "file":
        return Path(file).name in sentence
    own = {str(key).strip() for key in change[0]} | ({str(change[1])} if how == "name" else set())
    known = {key for path, _ in PARTS[kind_of(file)] for key in path}
    return bool((own | known) & set(re.findall(r"[\w+-]+", sentence)))


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz")
    shutil.copytree(ROOT / "config", folder / "config")
    return folder


OUTCOMES: Counter = Counter()


@given(CHANGES)
@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_one_plans_or_ends_in_one_sentence(root, change):
    file, how, what = change
    try:
        study = apply(root, file, how, what)
    except (TypeError, AttributeError, KeyError, UnicodeEncodeError):
        OUTCOMES["cannot be written"] += 1  # a key below one that holds no keys, text that no file holds
        return
    finally:
        untouched = file == STUDY
    try:
        plan(study, root)
        OUTCOMES["plans"] += 1
    except UserError as error:
        OUTCOMES["sentence"] += 1
        sentence = str(error)
        assert "\n" not in sentence
        assert sentence.endswith((".", "?"))
        assert names_a_key(sentence, file, how, what), sentence
    finally:
        if not untouched:
            restore(root, file)


def test_both_ends_were_reached():
    assert OUTCOMES["plans"] > 10
    assert OUTCOMES["sentence"] > 100
    assert OUTCOMES["cannot be written"] < 40
