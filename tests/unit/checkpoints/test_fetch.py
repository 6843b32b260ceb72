"""Whole downloads: resumed, verified, and never half there."""

import hashlib
import json
import threading
from collections import namedtuple

import pytest
import torch

from semantic_bottleneck.checkpoints import assemble
from semantic_bottleneck.checkpoints.fetch import fetch_checkpoint
from semantic_bottleneck.checkpoints.patience import Patience
from semantic_bottleneck.errors import UserError
from tests.sections import checkpoint_of
from tests.unit.checkpoints.conftest import pt_bytes, state_dict
from tests.unit.checkpoints.server import FileServer, Served

DEAD = [503] * 4


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def content(weights) -> bytes:
    return pt_bytes(weights | {"large": torch.ones(200_000)})


@pytest.fixture
def target(tmp_path):
    return tmp_path / "out" / "a.pt"


@pytest.fixture
def fetch(tmp_path, target, patience):
    """Fetch addresses or card entries to `target`."""

    def run(*files, lock=None, **more):
        entries = [{"url": file} if isinstance(file, str) else file for file in files]
        return fetch_checkpoint(checkpoint_of({"files": entries, **more}), target, lock=lock, base=tmp_path, patience=patience)

    return run


def beside(target) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir()) if target.parent.exists() else []


def test_one_file(target, content, fetch):
    with FileServer({"a": Served(content)}) as server:
        provenance = fetch({"url": server.url("a"), "sha256": sha256(content), "size": len(content)})
        assert server.sent == len(content)
    assert target.read_bytes() == content
    assert provenance["checkpoint_sha256"] == sha256(content)
    assert provenance["checkpoint_size"] == len(content)
    assert beside(target) == ["a.pt"]


def test_parts_here_and_there_are_joined(tmp_path, target, content, fetch):
    (tmp_path / "c").write_bytes(content[500_000:])
    parts = {"a": Served(content[:900]), "b": Served(content[900:500_000], failures=[500], cuts=[1000])}
    with FileServer(parts) as server:
        provenance = fetch(server.url("a"), server.url("b"), "c")
    assert target.read_bytes() == content
    assert provenance["checkpoint_sha256"] == sha256(content)


def test_every_interruption_is_continued(target, content, fetch, waits):
    served = Served(content, cuts=[100_000, 200_000, 300_000], failures=[0, 503])
    with FileServer({"a": served}) as server:
        fetch(server.url("a"))
        assert server.sent == len(content)
        assert [headers.get("Range") for _, headers in server.requests[2:]] == [
            "bytes=100000-",
            "bytes=300000-",
            "bytes=600000-",
        ]
        assert all(headers["If-Range"] == served.version() for _, headers in server.requests[1:])
    assert target.read_bytes() == content
    assert waits == [1.0, 2.0, 1.0, 1.0]


@pytest.mark.parametrize(("etag", "declared", "kept"), [("", False, True), (None, False, False), (None, True, True)])
def test_the_next_run_continues_where_that_is_safe(target, content, fetch, etag, declared, kept):
    first, second = content[:300_000], content[300_000:]
    files = {"a": Served(first, etag=etag), "b": Served(second, etag=etag, cuts=[200_000], failures=[0, *DEAD])}
    with FileServer(files) as server:
        hashes = [sha256(first), sha256(second)] if declared else [None, None]
        parts = [{"url": server.url(name), "sha256": each} for name, each in zip("ab", hashes, strict=True)]
        with pytest.raises(UserError, match="after 4 tries"):
            fetch(*parts)
        assert beside(target) == [".a.pt.part", ".a.pt.part.json"]
        server.sent, server.files["b"].failures = 0, []
        fetch(*parts)
        assert server.sent == len(content) - (500_000 if kept else 0)
    assert target.read_bytes() == content
    assert beside(target) == ["a.pt"]


def test_a_file_that_changed_since_the_last_run_starts_over(target, content, fetch):
    other = pt_bytes(state_dict(seed=1))
    with FileServer({"a": Served(content, cuts=[len(other) // 2], failures=[0, *DEAD])}) as server:
        with pytest.raises(UserError, match="after 4 tries"):
            fetch(server.url("a"))
        server.files["a"] = Served(other)
        fetch(server.url("a"))
    assert target.read_bytes() == other


def test_servers_without_ranges_or_lengths(target, content, fetch):
    with FileServer({"a": Served(content, ranges=False, cuts=[5000]), "b": Served(content, forget_length=True)}) as server:
        fetch(server.url("a"))
        assert target.read_bytes() == content
        target.unlink()
        fetch(server.url("b"))
        assert target.read_bytes() == content


def test_a_server_that_continues_elsewhere_is_not_believed(target, content, fetch):
    with FileServer({"a": Served(content, shift=100, cuts=[5000])}) as server:
        fetch(server.url("a"))
        assert [headers.get("Range") for _, headers in server.requests] == [None, "bytes=5000-", None]
    assert target.read_bytes() == content


def test_corruption_is_healed_by_another_download(target, content, fetch):
    with FileServer({"a": Served(content, corruptions=[3000])}) as server:
        fetch({"url": server.url("a"), "sha256": sha256(content)})
        assert len(server.requests) == 2
    assert target.read_bytes() == content


def test_wrong_hash_leaves_nothing(target, content, fetch):
    with FileServer({"a": Served(content)}) as server, pytest.raises(UserError, match="where the card says 0000"):
        fetch({"url": server.url("a"), "sha256": "0" * 64})
    assert beside(target) == []


def test_a_server_that_announces_another_file_is_not_asked_for_it(tmp_path, target, content, fetch):
    """Both values are in the sentence, and where the recorded one stands; a mirror may still serve."""
    lock, announced = tmp_path / "lock.json", "ab" * 32
    with FileServer({"a": Served(content), "b": Served(content)}) as server:
        address = server.url("a")
        fetch(address, lock=lock)
        target.unlink()
        server.files["a"].headers, server.sent = {"X-Linked-Etag": f'"{announced}"'}, 0
        server.files["a"].bytes_per_second = 1e6  # else all of it may be on its way before anybody hangs up
        with pytest.raises(UserError, match=f"{address} has sha256 {announced} where {lock} says {sha256(content)}"):
            fetch(address, lock=lock)
        with pytest.raises(UserError, match=f"has sha256 {announced} where the card says {'cd' * 32}"):
            fetch({"url": address, "sha256": "cd" * 32})
        assert server.sent < 2 * len(content)
        fetch({"url": address, "mirrors": [server.url("b")]}, lock=lock)
    assert target.read_bytes() == content


def test_a_file_must_be_the_one_that_was_announced(target, content, fetch):
    announced = {"X-Linked-Etag": f'"{sha256(content)}"'}
    with FileServer({"a": Served(content, headers=announced, corruptions=[3000])}) as server:
        fetch(server.url("a"))
        assert len(server.requests) == 2
        assert target.read_bytes() == content
        server.files["a"].headers = {"X-Linked-Etag": f'"{"ab" * 32}"'}
        with pytest.raises(UserError, match=f"has sha256 {sha256(content)} where the server says {'ab' * 32}"):
            fetch(server.url("a"))


def test_an_older_file_survives_a_failure(target, content, fetch):
    target.parent.mkdir()
    target.write_bytes(b"older")
    with FileServer({"a": Served(content)}) as server, pytest.raises(UserError):
        fetch({"url": server.url("a"), "size": 5})
    assert target.read_bytes() == b"older"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda content: content[:-3000], "zip directory is unreadable"),
        (lambda content: b"<!DOCTYPE html>" + content, "is a web page"),
        (lambda content: b"{}" + content, "neither a .pt file nor safetensors"),
        (lambda content: b"", "is empty"),
    ],
)
def test_wrong_content_leaves_nothing(target, content, fetch, damage, message):
    with FileServer({"a": Served(damage(content))}) as server, pytest.raises(UserError, match=message):
        fetch(server.url("a"))
    assert beside(target) == []


def test_mirrors(target, content, fetch):
    files = {"a": Served(content, cuts=[5000], failures=[0, *DEAD]), "b": Served(b"<html>no</html>"), "c": Served(content)}
    with FileServer(files) as server:
        fetch({"url": server.url("a"), "mirrors": [server.url("b"), server.url("c")]})
    assert target.read_bytes() == content
    assert beside(target) == ["a.pt"]


def test_hash_is_recorded_on_first_use_and_held_against_later_files(tmp_path, target, content, fetch):
    lock = tmp_path / "config" / "lock.json"
    with FileServer({"a": Served(content)}) as server:
        address = server.url("a")
        fetch(address, lock=lock)
        assert json.loads(lock.read_text()) == {address: {"sha256": sha256(content), "size": len(content)}}
        fetch(address, lock=lock)
        server.files["a"] = Served(pt_bytes(state_dict(seed=1)))
        target.unlink()
        with pytest.raises(UserError, match=f"has sha256 .* where {lock} says {sha256(content)}"):
            fetch(address, lock=lock)
    assert beside(target) == []


def test_local_files_are_copied_and_never_recorded(tmp_path, target, content, fetch):
    (tmp_path / "own.pt").write_bytes(content)
    fetch("own.pt", lock=tmp_path / "lock.json")
    assert target.read_bytes() == content
    assert not (tmp_path / "lock.json").exists()
    with pytest.raises(UserError, match=r"absent\.pt cannot be read"):
        fetch("absent.pt")


def test_too_small_a_disk_is_noticed_before_the_download(target, content, fetch, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(assemble.shutil, "disk_usage", lambda _: usage(10, 9, 1000))
    with FileServer({"a": Served(content)}) as server, pytest.raises(UserError, match=r"needs 0\.00 GB in .* make room"):
        fetch(server.url("a"))
    assert beside(target) == []


def test_progress_has_rate_and_time_left(target, content, fetch, capsys):
    with FileServer({"a": Served(content, bytes_per_second=2e6)}) as server:
        fetch(server.url("a"))
    shown = capsys.readouterr().err
    assert "a.pt: 100%" in shown
    assert "B/s" in shown


def test_parallel_jobs_do_not_disturb_each_other(tmp_path, target, content, fetch):
    failures = []

    def job(address: str) -> None:
        try:
            fetch(address, lock=tmp_path / "lock.json")
        except UserError as error:
            failures.append(error)

    with FileServer({name: Served(content, bytes_per_second=2e7) for name in "abc"}) as server:
        jobs = [threading.Thread(target=job, args=(server.url(name),)) for name in "abcabc"]
        for each in jobs:
            each.start()
        for each in jobs:
            each.join()
    assert failures == []
    assert target.read_bytes() == content
    assert len(json.loads((tmp_path / "lock.json").read_text())) == 3
    assert beside(target) == ["a.pt"]


def test_an_index_of_shards_is_not_one_file(fetch):
    with pytest.raises(UserError, match="index of several shards"):
        fetch("m.index.json", container="safetensors-index")


def test_delays_follow_the_server_up_to_a_limit(tmp_path, waits):
    busy = Served(b"", failures=[503] * 9, headers={"Retry-After": "7"})
    patience = Patience(attempts=9, longest_delay=20.0, sleep=waits.append)
    with FileServer({"a": busy}) as server, pytest.raises(UserError, match="after 9 tries"):
        fetch_checkpoint(
            checkpoint_of({"files": [{"url": server.url("a")}]}), tmp_path / "a", lock=None, base=tmp_path, patience=patience
        )
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 20.0, 20.0, 20.0]
