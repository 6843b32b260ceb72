"""Files where cards should be: every one is read, or ends in one sentence with its name."""

import os
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.schemas import yaml_text
from semantic_bottleneck.study.validation import load_yaml
from tests.workflow.project import ROOT

CARDS = [path.read_bytes() for path in sorted((ROOT / "config").rglob("*.yaml"))]
PIECES = [*(bytes([byte]) for byte in b":-?,[]{}#&*!|>'\"% \n\ta0.~"), b"<<: ", b"&x ", b"*x", b": ", b"- ", "é".encode()]
NOBODY = 65534
"""A user without rights, on Linux."""


def read(folder, content: bytes) -> dict:
    (folder / "own.yaml").write_bytes(content)
    return load_yaml(folder / "own.yaml")


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"a: 1\n", {"a": 1}),
        (b"\xef\xbb\xbfa: 1\n", {"a": 1}),
        ("a: ü\n".encode("utf-16"), {"a": "ü"}),
        (b"a: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
        (b"x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\nz: {<<: [*x, {c: 4}]}\n", {"x": {"a": 1, "b": 2}, "y": {"a": 1, "b": 3},
                                                                            "z": {"a": 1, "b": 2, "c": 4}}),
        (b"x: &x {a: 1}\ny: &y {<<: *x, a: 2}\nz: {<<: *y, a: 3}\n", {"x": {"a": 1}, "y": {"a": 2}, "z": {"a": 3}}),
        (b"{\"a\": 1, \"b\": [1, 2]}", {"a": 1, "b": [1, 2]}),
        (b"a: [1]\nb: [1]\nc: {a: 1}\n", {"a": [1], "b": [1], "c": {"a": 1}}),
    ],
)  # fmt: skip
def test_what_is_yaml_is_read(tmp_path, content, value):
    assert read(tmp_path, content) == value


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a: 1\nb: 2\na: 3\n", "gives the key 'a' twice, in lines 1 and 3; keep one of them."),
        (b"x: {b: {c: 1, c: 2}}\n", "gives the key 'c' twice, in line 1; keep one of them."),
        (b"'a': 1\na: 2\n", "gives the key 'a' twice, in lines 1 and 2; keep one of them."),
        (b"a:\n\tb: 1\n", "is not valid YAML: found character '\\t' that cannot start any token (indent with spaces), line 2."),
        (b"a: caf\xe9\n", "is not UTF-8 text (position 6: "),
        (b"a: 1\0\n", "is not UTF-8 text (position 4: "),
        (b"a: !!python/object/apply:os.system [x]\n", "is not valid YAML: could not determine a constructor for the tag"),
        (b"a: !own 1\n", "is not valid YAML: could not determine a constructor for the tag '!own'"),
        (b"a: 2026-13-01\n", "holds a value that does not fit its type (month must be in 1..12); write it in quotes."),
        (b"a: !!bool maybe\n", "holds a value that does not fit its type"),
        (b"a: !!timestamp x\n", "holds a value that does not fit its type"),
        (b"a: !!int x\n", "holds a value that does not fit its type"),
        (b"a: " + b"9" * 5000 + b"\n", "holds a value that does not fit its type (Exceeds the limit"),
        (b"a: " + b"[" * 5000 + b"\n", "is nested too deeply"),
        (b"? [1]\n: 2\n", "is not valid YAML: found unhashable key, line 1."),
        (b"a: *b\n", "is not valid YAML: found undefined alias 'b', line 1."),
        (b"a: 1\n---\nb: 1\n", "is not valid YAML: but found another document, line 2."),
        (b"a: 'x\n", "is not valid YAML: found unexpected end of stream, line 2."),
        (b"- a\n", "must hold a mapping of keys to values."),
        (b"", "must hold a mapping of keys to values."),
        (b"{,}", "is not valid YAML: "),
    ],
)  # fmt: skip
def test_what_is_not_is_one_sentence(tmp_path, content, words):
    with pytest.raises(UserError) as error:
        read(tmp_path, content)
    sentence = str(error.value)
    assert sentence.startswith(f"{tmp_path / 'own.yaml'} {words}")
    assert "\n" not in sentence


def test_what_is_no_file(tmp_path):
    for path, words in (
        (tmp_path / "none.yaml", "does not exist; check the name."),
        (tmp_path, "is a folder; a YAML file is needed there."),
        (tmp_path / "own.yaml" / "x.yaml", "cannot be read (Not a directory); check the name and its permissions."),
        (tmp_path / ("x" * 300), "cannot be read (File name too long); check the name and its permissions."),
    ):
        (tmp_path / "own.yaml").write_text("a: 1\n")
        with pytest.raises(UserError) as error:
            load_yaml(path)
        assert str(error.value) == f"{path} {words}"


@pytest.fixture
def folder_of_nobody():
    """A folder whose owner the process is while the test runs: root may read everything."""
    with tempfile.TemporaryDirectory() as name:
        is_root = os.geteuid() == 0
        if is_root:
            os.chown(name, NOBODY, -1)
            os.seteuid(NOBODY)
        try:
            yield Path(name)
        finally:
            if is_root:
                os.seteuid(0)


def test_a_file_without_permission(folder_of_nobody):
    assert read(folder_of_nobody, b"a: 1\n") == {"a": 1}
    (folder_of_nobody / "own.yaml").chmod(0)
    with pytest.raises(UserError, match=r"own\.yaml cannot be read \(Permission denied\)"):
        load_yaml(folder_of_nobody / "own.yaml")


def test_no_file_of_ours_gives_a_key_twice():
    for path in sorted((ROOT / "config").rglob("*.yaml")):
        assert load_yaml(path)


def outcome(load, content: bytes) -> str:
    """The value, or the error with its words."""
    try:
        return repr(load(content))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def strictly(content: bytes):
    return yaml.load(content, Loader=yaml_text._Loader)  # a safe loader


@pytest.mark.parametrize("path", sorted((ROOT / "config").rglob("*.yaml")), ids=lambda path: path.name)
def test_libyaml_reads_every_card_and_says_the_same(path, monkeypatch):
    content = path.read_bytes()
    expected = repr(strictly(content))
    monkeypatch.setattr(yaml_text.yaml, "load", None)  # so that only libyaml is left
    assert repr(yaml_text._loaded(content)) == expected


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_cards_end_the_same_by_libyaml(data):
    lines = data.draw(st.sampled_from(CARDS)).split(b"\n")
    start = data.draw(st.integers(0, max(0, len(lines) - 8)))
    content = bytearray(b"\n".join(lines[start : start + 8]))
    for piece in data.draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=3)):
        place = data.draw(st.integers(0, len(content)))
        content[place : place + data.draw(st.integers(0, 1))] = piece
    assert outcome(yaml_text._loaded, bytes(content)) == outcome(strictly, bytes(content))


@pytest.mark.parametrize(
    "content",
    [
        b"a: {b: 1, b?: 2}",  # libyaml takes the key with the question mark
        b"a:\tb",  # and the tab
        b"a: !\nb: 1",  # and makes this an empty text
        b"a: {b: 1, b: 2}",
        b"a: &x [*x]",
        b"a: 2026-13-01",
        b"--- a\n--- b",
        b"",
        b"a: " + b"[" * 60 + b"]" * 60,
        b"[" * 200_000,
        b"- " * 100_000,
    ],
    ids=lambda content: repr(content[:20]),
)
def test_what_libyaml_would_read_otherwise_is_left_to_the_strict_loader(content):
    assert outcome(yaml_text._loaded, content) == outcome(strictly, content)


def test_without_libyaml_all_is_read(monkeypatch):
    monkeypatch.setattr(yaml_text, "_Fast", None)
    assert yaml_text._loaded(b"a: [1]") == {"a": [1]}
