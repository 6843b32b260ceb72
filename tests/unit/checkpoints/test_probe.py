"""Can a checkpoint be had: asked quickly, without torch, in words that depend on the cause alone."""

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from semantic_bottleneck.checkpoints.probe import NO_NETWORK, QUICK, missing_sources, why_missing
from semantic_bottleneck.study.checkpoint import Checkpoint
from tests.sections import checkpoint_of
from tests.unit.checkpoints.server import FileServer, Served

LIBRARY = Path(__file__).resolve().parents[3] / "workflow_scripts"
WEIGHTS = b"PK\x03\x04" + bytes(5_000_000)
PAGE = b"<html><title>Link expired</title></html>"


@pytest.fixture
def quick(waits):
    return replace(QUICK, sleep=waits.append)


def card(*urls: str, **more) -> Checkpoint:
    return checkpoint_of({"files": [{"url": url} for url in urls], **more})


def test_only_the_first_bytes_are_asked_for(tmp_path, quick):
    with FileServer({"a": Served(WEIGHTS), "b": Served(bytes(9), ranges=False)}) as server:
        assert why_missing(card(server.url("a"), server.url("b")), tmp_path, quick) is None
        assert server.sent == 512 + 9
        server.files["a"].ranges, server.sent = False, 0
        assert why_missing(card(server.url("a")), tmp_path, quick) is None
    assert server.sent < len(WEIGHTS)


def test_a_file_that_changed_is_not_missing(tmp_path, quick):
    with FileServer({"a": Served(WEIGHTS)}) as server:
        declared = {"files": [{"url": server.url("a"), "size": 5, "sha256": "0" * 64}]}
        assert why_missing(checkpoint_of(declared), tmp_path, quick) is None


@pytest.mark.parametrize(
    ("served", "message"),
    [
        (None, "is not there any more (404)"),
        (Served(b"", failures=[503] * 9), "could not be had: the server answered 503; check the connection and run again."),
        (Served(b"", answer=(429, {}, b"")), "could not be had: the server answered 429; too many requests"),
        (Served(PAGE, content_type="text/html"), 'web page ("Link expired")'),
        (Served(PAGE), "is a web page, not a checkpoint"),
        (Served(b"version https://git-lfs.github.com/spec/v1\noid"), "is a Git LFS pointer"),
        (Served(b""), "is empty"),
        (Served(WEIGHTS, cuts=[0] * 9), "could not be had: the connection broke; check"),
    ],
)
def test_every_cause_has_its_sentence_each_time(tmp_path, quick, served, message):
    with FileServer({"a": served} if served else {}) as server:
        address = server.url("a")
        first = why_missing(card(address), tmp_path, quick)
        again = why_missing(card(address), tmp_path, replace(quick, attempts=3))
    assert message in first
    assert first.startswith(address)
    assert first == again
    assert len(server.requests) <= 5


def test_every_part_and_any_mirror_counts(tmp_path, quick):
    (tmp_path / "here.pt").write_bytes(WEIGHTS)
    with FileServer({"a": Served(WEIGHTS)}) as server:
        assert "absent.pt cannot be read (No such file" in why_missing(card(server.url("a"), "absent.pt"), tmp_path, quick)
        mirrored = {"files": [{"url": server.url("gone"), "mirrors": ["absent.pt", "here.pt"]}], "container": "pt"}
        assert why_missing(checkpoint_of(mirrored), tmp_path, quick) is None
        mirrored["files"][0]["mirrors"] = ["absent.pt"]
        said = why_missing(checkpoint_of(mirrored), tmp_path, quick)
    assert said.startswith(f"{server.url('gone')} could not be had from any of its 2 addresses: ")
    assert "(404)" in said
    assert "absent.pt cannot be read" in said


def test_files_of_ones_own(tmp_path, quick):
    (tmp_path / "empty.pt").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.zip").write_bytes(WEIGHTS)
    assert why_missing(card("a.zip#w.pt"), tmp_path, quick) is None
    for name, message in {"absent.pt": "No such file", "folder": "Is a directory", "empty.pt": "is empty"}.items():
        assert message in why_missing(card(name), tmp_path, quick)


def test_an_index_is_enough_and_a_card_with_a_mistake_says_so(tmp_path, quick, monkeypatch):
    (tmp_path / "i.json").write_text(json.dumps({"weight_map": {"x": "absent.safetensors"}}))
    assert why_missing(card("i.json", container="safetensors-index"), tmp_path, quick) is None
    assert "cannot read ftp://" in why_missing(card("ftp://h/a"), tmp_path, quick)
    monkeypatch.setenv("HF_TOKEN", "hf_ab cd")
    assert "The access token in HF_TOKEN holds a space" in why_missing(card("hf://o/r/a.pt"), tmp_path, quick)


def test_gated_and_mistyped_repositories(tmp_path, quick, monkeypatch):
    answer = {"o/gated": "GatedRepo", "o/no": "RepoNotFound"}
    files = {f"{name}/resolve/main/a.pt": Served(answer=(401, {"X-Error-Code": code}, b"{}")) for name, code in answer.items()}
    with FileServer(files) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        found = missing_sources({name: card(f"hf://{name}/a.pt") for name in answer}, tmp_path, quick)
    assert f"is gated and no token was given: accept the licence at {server.address}/o/gated" in found["o/gated"]
    assert "does not exist, or is private" in found["o/no"]


def test_many_are_asked_at_once(tmp_path, quick):
    slow = {f"m{number}": Served(answer=(503, {}, b"")) for number in range(14)}
    slow |= {"good": Served(WEIGHTS)}
    with FileServer(slow) as server:
        begun = time.monotonic()
        found = missing_sources({name: card(server.url(name)) for name in slow}, tmp_path, QUICK)
        assert time.monotonic() - begun < 14 * QUICK.first_delay
    assert sorted(found) == sorted(set(slow) - {"good"})


def test_without_a_network_every_remote_one_says_just_that(tmp_path, quick):
    checkpoints = {
        "one": card("https://one.invalid/a"),
        "parts": card("https://two.invalid/a", "https://one.invalid/b"),
        "mirrored": checkpoint_of({"files": [{"url": "https://one.invalid/a", "mirrors": ["absent.pt"]}]}),
        "own": card("absent.pt"),
    }
    found = missing_sources(checkpoints, tmp_path, quick)
    assert {name: found[name] for name in ("one", "parts", "mirrored")} == dict.fromkeys(
        ("one", "parts", "mirrored"), NO_NETWORK
    )
    assert "absent.pt cannot be read" in found["own"]
    with FileServer({"a": Served(WEIGHTS)}) as server:
        online = missing_sources(checkpoints | {"there": card(server.url("a"))}, tmp_path, quick)
    assert online["one"] == (
        "https://one.invalid/a could not be had: host name one.invalid not found; is this machine online? Behind a proxy set "
        "HTTPS_PROXY."
    )
    assert "there" not in online
    assert missing_sources({"one": checkpoints["one"]}, tmp_path, quick) == {"one": online["one"]}
    assert missing_sources({}, tmp_path) == {}


def test_the_snakefile_can_import_it_without_numpy_and_torch():
    code = (
        "import sys\nfor name in ('torch', 'numpy', 'lmdb', 'tqdm', 'safetensors', 'PIL'): sys.modules[name] = None\n"
        "import semantic_bottleneck.checkpoints.probe"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(LIBRARY)}, stderr=subprocess.PIPE, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
