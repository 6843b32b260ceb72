"""Range reads over HTTP: what is transferred, and what every kind of server leads to."""

import json
import logging

import pytest
import torch
from safetensors.torch import save

from semantic_bottleneck.checkpoints import sources
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.checkpoint import Checkpoint
from tests.sections import checkpoint_of
from tests.unit.checkpoints.conftest import pt_bytes, state_dict, trainer_file
from tests.unit.checkpoints.same import require_same
from tests.unit.checkpoints.server import FileServer, Served

NAMES = ["y_embedder.embedding_table.weight", "half", "view"]


def card(*urls: str, **more) -> Checkpoint:
    return checkpoint_of({"files": [{"url": url} for url in urls], **more})


@pytest.fixture
def large(weights):
    """The small weights beside a few megabytes nobody asks for."""
    return {"before": torch.ones(300_000), **weights, "after": torch.ones(300_000)}


def wanted(weights: dict) -> dict:
    return {name: weights[name] for name in NAMES}


def test_only_the_needed_bytes_travel(tmp_path, large, patience):
    content = pt_bytes(large)
    with FileServer({"a.pt": Served(content)}) as server:
        result = read_tensors(card(server.url("a.pt")), NAMES, base=tmp_path, patience=patience)
        require_same(result.tensors, wanted(large))
        assert server.sent < 0.15 * len(content)
        assert len(server.requests) <= 5
    assert result.provenance["checkpoint_etag"].startswith('"')
    assert result.provenance["checkpoint_size"] == len(content)
    assert list(tmp_path.iterdir()) == []


def test_safetensors_header_and_ranges_only(tmp_path, large, patience):
    content = save({name: value.contiguous() for name, value in large.items()})
    with FileServer({"a": Served(content)}) as server:
        require_same(read_tensors(card(server.url("a")), NAMES, base=tmp_path, patience=patience).tensors, wanted(large))
        assert server.sent < 0.06 * len(content)


def test_sharded_safetensors_over_http(tmp_path, large, patience):
    index = {"weight_map": {name: "b-2.safetensors" if name in NAMES else "b-1.safetensors" for name in large}}
    files = {
        "f/i.json": Served(json.dumps(index).encode(), ranges=False, content_type="application/json", failures=[503]),
        "f/b-2.safetensors": Served(save({name: large[name].contiguous() for name in NAMES})),
    }
    with FileServer(files) as server:
        sharded = card(f"{server.url('f/i.json')}?download=1", container="safetensors-index")
        require_same(read_tensors(sharded, NAMES, base=tmp_path, patience=patience).tensors, wanted(large))


def test_parts_are_one_virtual_file(tmp_path, large, patience):
    content = pt_bytes(trainer_file(large, {}))
    step = len(content) // 6 + 1
    files = {f"p{index}": Served(content[index * step : (index + 1) * step]) for index in range(6)}
    with FileServer(files) as server:
        parts = card(*(server.url(f"p{index}") for index in range(6)), keys=["ema", "model"])
        require_same(read_tensors(parts, NAMES, base=tmp_path, patience=patience).tensors, wanted(large))
        assert server.sent < 0.3 * len(content)


def test_redirects_are_followed_once_and_renewed_when_they_expire(tmp_path, large, patience):
    with FileServer({"a.pt": Served(redirect="cdn/1"), "cdn/1": Served(pt_bytes(large))}) as server:
        read_tensors(card(server.url("a.pt")), NAMES, base=tmp_path, patience=patience)
        assert [path for path, _ in server.requests].count("/a.pt") == 1

        def pick(names: list[str]) -> list[str]:
            server.files["cdn/2"] = server.files.pop("cdn/1")
            server.files["a.pt"].redirect = "/cdn/2"
            return NAMES

        result = read_tensors(card(server.url("a.pt")), pick, base=tmp_path, patience=patience)
        require_same(result.tensors, wanted(large))


FALLBACKS = [
    (False, {"ranges": False}, "ignores Range"),
    (False, {"shift": 10}, "answers a Range request with other bytes"),
    (True, {}, "old-style pickle"),
]


@pytest.mark.parametrize(("legacy", "behaviour", "reason"), FALLBACKS)
def test_whole_file_is_the_fallback_and_is_kept(tmp_path, large, patience, caplog, legacy, behaviour, reason):
    with FileServer({"a.pt": Served(pt_bytes(large, legacy), **behaviour)}) as server, caplog.at_level(logging.WARNING):
        arguments = {"base": tmp_path, "cache": tmp_path / "cache", "lock": tmp_path / "lock.json", "patience": patience}
        first = read_tensors(card(server.url("a.pt")), NAMES, **arguments)
        require_same(first.tensors, wanted(large))
        assert reason in caplog.text
        downloads = [headers for _, headers in server.requests if "Range" not in headers]
        assert len(downloads) == 1
        again = read_tensors(card(server.url("a.pt")), NAMES, **arguments)
        assert again.provenance == first.provenance
        assert [headers for _, headers in server.requests if "Range" not in headers] == downloads
    assert len(first.provenance["checkpoint_sha256"]) == 64
    assert sorted(path.suffix for path in (tmp_path / "cache").iterdir()) == [".checkpoint", ".json"]


def test_a_cache_that_cannot_be_made_is_named(tmp_path, weights, patience):
    (tmp_path / "file").touch()
    with FileServer({"a": Served(pt_bytes(weights, legacy=True))}) as server:
        for folder in (tmp_path / "file", tmp_path / "file" / "cache"):
            with pytest.raises(UserError, match=r"could not be written|No folder can be made"):
                read_tensors(card(server.url("a")), None, base=tmp_path, cache=folder, patience=patience)


def test_broken_connections_and_busy_servers_are_survived(tmp_path, large, patience, waits):
    served = Served(pt_bytes(large), failures=[503, 429], cuts=[10, 1 << 30, 1000, 1 << 30, 500_000])
    with FileServer({"a.pt": served}) as server:
        require_same(read_tensors(card(server.url("a.pt")), None, base=tmp_path, patience=patience).tensors, large)
    assert len(waits) == 5
    assert waits[:3] == [1.0, 2.0, 4.0]


def test_a_server_that_stays_broken_is_given_up(tmp_path, patience, waits):
    busy = Served(b"", failures=[503] * 9)
    with FileServer({"a.pt": busy}) as server, pytest.raises(UserError, match=r"after 4 tries \(the server answered 503\)"):
        read_tensors(card(server.url("a.pt")), NAMES, base=tmp_path, patience=patience)
    assert waits == [1.0, 2.0, 4.0]


def test_corrupted_bytes_are_refused(tmp_path, large, patience):
    corrupted = Served(pt_bytes(large), corruptions=[1 << 30, 1 << 30, 1_000_000])
    with FileServer({"a.pt": corrupted}) as server, pytest.raises(UserError, match="checksum of 'archive/data/"):
        read_tensors(card(server.url("a.pt")), None, base=tmp_path, patience=patience)


def test_a_file_that_changes_is_refused(tmp_path, large, patience):
    with FileServer({"a.pt": Served(pt_bytes(large))}) as server:

        def pick(names: list[str]) -> list[str]:
            server.files["a.pt"] = Served(pt_bytes(large | {"more": large["half"]}))
            return NAMES

        with pytest.raises(UserError, match="changed on the server while it was read"):
            read_tensors(card(server.url("a.pt")), pick, base=tmp_path, patience=patience)


@pytest.mark.parametrize(
    ("served", "message"),
    [
        (Served(b"<html><title>Sign in</title></html>", content_type="text/html"), r"answered with a web page \(\"Sign in\"\)"),
        (Served(b"\n<!DOCTYPE html><html></html>"), "is a web page, not a checkpoint"),
        (Served(b"version https://git-lfs.github.com/spec/v1\n"), "Git LFS pointer"),
        (Served(b""), "is empty on the server"),
        (Served(b"just some text, no checkpoint at all"), "neither a .pt file nor safetensors"),
        (Served(b"", failures=[404]), r"is not there any more \(404\)"),
        (Served(b"", failures=[403]), r"refuses access \(403\)"),
    ],
)
def test_wrong_answers_are_one_sentence(tmp_path, patience, served, message):
    with FileServer({"a.pt": served}) as server, pytest.raises(UserError, match=message) as error:
        read_tensors(card(server.url("a.pt")), NAMES, base=tmp_path, cache=tmp_path / "c", patience=patience)
    assert "\n" not in str(error.value)
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


def test_mirrors_are_tried_in_order(tmp_path, large, patience):
    with FileServer({"a.pt": Served(b"", failures=[404, 404]), "b.pt": Served(pt_bytes(large))}) as server:
        mirrored = {"files": [{"url": server.url("a.pt"), "mirrors": [server.url("b.pt")]}]}
        require_same(read_tensors(checkpoint_of(mirrored), NAMES, base=tmp_path, patience=patience).tensors, wanted(large))
        mirrored["files"][0]["mirrors"] = [server.url("c.pt")]
        with pytest.raises(UserError, match=r"any of its 2 addresses: .*404.* / .*404"):
            read_tensors(checkpoint_of(mirrored), NAMES, base=tmp_path, patience=patience)


def test_tensors_are_trusted_on_first_use(tmp_path, large, patience):
    lock = tmp_path / "config" / "lock.json"
    with FileServer({"a.pt": Served(pt_bytes(large))}) as server:
        address = server.url("a.pt")
        read_tensors(card(address), NAMES[:2], base=tmp_path, lock=lock, patience=patience)
        read_tensors(card(address), NAMES, base=tmp_path, lock=lock, patience=patience)
        assert sorted(json.loads(lock.read_text())[address]["tensors"]) == sorted(f":{name}" for name in NAMES)
        before = json.loads(lock.read_text())[address]["tensors"][f":{NAMES[0]}"]
        server.files["a.pt"] = Served(pt_bytes(state_dict(seed=1)))
        with pytest.raises(UserError, match=rf"now \([0-9a-f]{{64}}\) than on first use \({before}, {lock}\)"):
            read_tensors(card(address), NAMES, base=tmp_path, lock=lock, patience=patience)


def test_another_file_is_noticed_by_what_the_server_announces(tmp_path, large, patience):
    lock, announced = tmp_path / "lock.json", "ab" * 32
    with FileServer({"a.pt": Served(pt_bytes(large), headers={"X-Linked-Etag": f'"{announced}"'})}) as server:
        address = server.url("a.pt")
        lock.write_text(json.dumps({address: {"sha256": "cd" * 32}}))
        with pytest.raises(UserError, match=f"has sha256 {announced} where {lock} says {'cd' * 32}"):
            read_tensors(card(address), NAMES, base=tmp_path, lock=lock, patience=patience)


def test_hugging_face_token_commit_and_announced_hash(tmp_path, large, patience, monkeypatch):
    content, announced = pt_bytes(large), "ab" * 32
    hub = Served(redirect="/cdn", token="secret", headers={"X-Linked-Etag": f'"{announced}"', "X-Repo-Commit": "c0ffee"})
    with FileServer({"owner/name/resolve/v1/w/a.pt": hub, "cdn": Served(content)}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        address = "hf://owner/name/w/a.pt@v1"
        monkeypatch.delenv("HF_TOKEN", raising=False)
        with pytest.raises(UserError, match=r"private, or is gated, and no token was given; .*owner/name .* set HF_TOKEN"):
            read_tensors(card(address), NAMES, base=tmp_path, patience=patience)
        monkeypatch.setenv("HF_TOKEN", "wrong")
        with pytest.raises(UserError, match="the token in HF_TOKEN was not accepted"):
            read_tensors(card(address), NAMES, base=tmp_path, patience=patience)
        monkeypatch.setenv("HF_TOKEN", "secret")
        result = read_tensors(card(address), NAMES, base=tmp_path, patience=patience)
        require_same(result.tensors, wanted(large))
        assert result.provenance["checkpoint_commit"] == "c0ffee"
        assert result.provenance["checkpoint_sha256_announced"] == announced
        declared = {"files": [{"url": address, "sha256": "cd" * 32}]}
        with pytest.raises(UserError, match="another file is there now"):
            read_tensors(checkpoint_of(declared), NAMES, base=tmp_path, patience=patience)


def test_the_token_stays_with_the_host_it_is_for(tmp_path, large, patience, monkeypatch):
    hub = Served(token="secret")
    with FileServer({"o/r/resolve/main/a.pt": hub, "cdn": Served(pt_bytes(large))}) as server:
        hub.redirect = server.url("cdn").replace("127.0.0.1", "localhost")
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.setenv("HF_TOKEN", "secret")
        read_tensors(card("hf://o/r/a.pt"), NAMES, base=tmp_path, patience=patience)
        seen = [(path, "Authorization" in headers) for path, headers in server.requests]
    assert set(seen) == {("/o/r/resolve/main/a.pt", True), ("/cdn", False)}


def test_google_drive_confirmation(tmp_path, large, patience, monkeypatch):
    with FileServer({"download": Served(pt_bytes(large), confirm="1234")}) as server:
        monkeypatch.setattr(sources, "GOOGLE_DRIVE", server.url("download"))
        result = read_tensors(card("gdrive:1aBcDeFgHiJkL"), NAMES, base=tmp_path, patience=patience)
        require_same(result.tensors, wanted(large))
        assert sum("uuid" not in path for path, _ in server.requests) == 1
        quota = b"<html><title>Google Drive - Quota exceeded</title></html>"
        server.files["download"] = Served(quota, content_type="text/html")
        with pytest.raises(UserError, match=r"Quota exceeded.*open https://drive.google.com/file/d/1aBcDeFgHiJkL/view"):
            read_tensors(card("gdrive:1aBcDeFgHiJkL"), NAMES, base=tmp_path, patience=patience)


def test_a_whole_copy_is_used_until_its_record_is_taken_away(tmp_path, weights, patience):
    lock, cache = tmp_path / "lock.json", tmp_path / "cache"
    with FileServer({"a.pt": Served(pt_bytes(weights), ranges=False)}) as server:

        def read():
            address = card(server.url("a.pt"))
            return read_tensors(address, ["half"], base=tmp_path, cache=cache, lock=lock, patience=patience).tensors

        first = read()["half"]
        server.files["a.pt"] = Served(pt_bytes({**weights, "half": weights["half"] + 1}), ranges=False)
        assert torch.equal(read()["half"], first)
        lock.unlink()
        assert torch.equal(read()["half"], first + 1)
