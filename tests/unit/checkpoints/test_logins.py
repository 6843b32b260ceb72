"""Which login a request carries, and to whom: headers as the servers saw them."""

import base64

import pytest
import torch

from semantic_bottleneck.checkpoints.fetch import fetch_checkpoint
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.errors import UserError
from tests.sections import checkpoint_of
from tests.unit.checkpoints.conftest import pt_bytes
from tests.unit.checkpoints.same import require_same
from tests.unit.checkpoints.server import FileServer, Served

TOKEN = "hf_" + "s" * 34
HUB = "o/r/resolve/main/a.pt"


@pytest.fixture
def weights(weights):
    """Too large for the first answer to hold all of them."""
    return {**weights, "large": torch.ones(100_000)}


@pytest.fixture
def content(weights):
    return pt_bytes(weights)


@pytest.fixture
def netrc(tmp_path, monkeypatch):
    """A ~/.netrc with a login for both names of this machine."""
    path = tmp_path / "netrc"
    path.write_text("machine 127.0.0.1 login anna password netrc-pw\nmachine localhost login anna password netrc-pw\n")
    monkeypatch.setenv("NETRC", str(path))
    return "Basic " + base64.b64encode(b"anna:netrc-pw").decode()


def logins(server: FileServer) -> dict[str, set[str | None]]:
    """Path -> the Authorization headers that requests for it had."""
    seen: dict[str, set[str | None]] = {}
    for path, headers in server.requests:
        seen.setdefault(path, set()).add(headers.get("Authorization"))
    return seen


def take(address, tmp_path, patience, weights):
    result = read_tensors(checkpoint_of({"files": [{"url": address}]}), None, base=tmp_path, patience=patience)
    require_same(result.tensors, weights)


def test_the_token_wins_over_netrc(tmp_path, weights, content, patience, monkeypatch, netrc):
    monkeypatch.setenv("HF_TOKEN", f" {TOKEN}\n")
    with FileServer({HUB: Served(content, token=TOKEN)}) as server:
        monkeypatch.setenv("HF_ENDPOINT", f"{server.address}/")
        take("hf://o/r/a.pt", tmp_path, patience, weights)
        assert logins(server) == {f"/{HUB}": {f"Bearer {TOKEN}"}}


def test_the_token_of_a_login_serves(tmp_path, weights, content, patience, monkeypatch):
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "token"))
    with FileServer({HUB: Served(content, token=TOKEN)}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        take("hf://o/r/a.pt", tmp_path, patience, weights)


@pytest.mark.parametrize("given", [True, False])
def test_no_login_follows_a_redirect_to_the_hubs_storage(tmp_path, weights, content, patience, monkeypatch, netrc, given):
    """Neither the token nor a netrc entry for the storage's host, at once and when ranges are asked for later; the same host
    on another port is another server."""
    if given:
        monkeypatch.setenv("HF_TOKEN", TOKEN)
    with FileServer({"cdn": Served(content)}) as storage, FileServer({HUB: Served()}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        for host in ("127.0.0.1", "localhost"):
            server.files[HUB].redirect = storage.url("cdn").replace("127.0.0.1", host)
            take("hf://o/r/a.pt", tmp_path, patience, weights)
            fetch_checkpoint(
                checkpoint_of({"files": [{"url": "hf://o/r/a.pt"}]}),
                tmp_path / "a.pt",
                lock=None,
                base=tmp_path,
                patience=patience,
            )
        assert logins(server) == {f"/{HUB}": {f"Bearer {TOKEN}" if given else None}}
        assert logins(storage) == {"/cdn": {None}}
        assert sum("Range" in headers for _, headers in storage.requests) >= 4


def test_a_redirect_on_the_hub_itself_keeps_the_token(tmp_path, weights, content, patience, monkeypatch):
    """A renamed repository."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    files = {HUB: Served(redirect="/o/new/resolve/main/a.pt"), "o/new/resolve/main/a.pt": Served(content, token=TOKEN)}
    with FileServer(files) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        take("hf://o/r/a.pt", tmp_path, patience, weights)


def test_other_hosts_get_netrc_and_never_the_token(tmp_path, weights, content, patience, monkeypatch, netrc):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with FileServer({"a.pt": Served(content)}) as server:
        take(server.url("a.pt"), tmp_path, patience, weights)
        assert logins(server) == {"/a.pt": {netrc}}


def test_a_login_in_the_address_is_used_and_not_shown(tmp_path, weights, content, patience, monkeypatch, netrc, caplog):
    caplog.set_level(0)
    lock = tmp_path / "lock.json"
    with FileServer({"a.pt": Served(content)}) as server:
        address = server.url("a.pt").replace("//", "//bob:geheim@") + "?token=geheim"
        result = read_tensors(checkpoint_of({"files": [{"url": address}]}), None, base=tmp_path, lock=lock, patience=patience)
        login = "Basic " + base64.b64encode(b"bob:geheim").decode()
        assert logins(server) == {"/a.pt?token=geheim": {login}}
        server.files.clear()
        with pytest.raises(UserError, match=r"\*\*\*@127.0.0.1:\d+/a.pt\?token=\*\*\* is not there any more") as error:
            read_tensors(checkpoint_of({"files": [{"url": address}]}), None, base=tmp_path, lock=lock, patience=patience)
    for text in (str(error.value), str(result.provenance), lock.read_text(), caplog.text):
        assert "geheim" not in text


def test_a_server_that_repeats_the_token_does_not_get_it_printed(tmp_path, patience, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "private-token")
    said = {"X-Error-Message": "token private-token is unknown"}
    page = {"Content-Type": "text/html"}, b"<title>private-token?</title>"
    for answer in ((401, said, b""), (403, said, b""), (418, said, b""), (200, *page)):
        with FileServer({HUB: Served(answer=answer)}) as server:
            monkeypatch.setenv("HF_ENDPOINT", server.address)
            with pytest.raises(UserError) as error:
                read_tensors(checkpoint_of({"files": [{"url": "hf://o/r/a.pt"}]}), None, base=tmp_path, patience=patience)
        assert "private-token" not in str(error.value)


def test_nothing_a_failed_download_leaves_holds_a_secret(tmp_path, content, patience, monkeypatch, caplog, capsys):
    caplog.set_level(0)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    signed = Served(content, cuts=[len(content) // 2], failures=[0, *[503] * 20])
    with FileServer({"cdn": signed, HUB: Served()}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        server.files[HUB].redirect = f"{server.url('cdn').replace('127.0.0.1', 'localhost')}?X-Amz-Signature=geheim"
        card = {"files": [{"url": "hf://o/r/a.pt"}, {"url": server.url("b").replace("//", "//u:geheim@")}]}
        with pytest.raises(UserError, match="503") as error:
            fetch_checkpoint(
                checkpoint_of(card), tmp_path / "out/a.pt", lock=tmp_path / "lock.json", base=tmp_path, patience=patience
            )
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.suffix for path in left} == {".part", ".json"}
    texts = [str(error.value), caplog.text, *capsys.readouterr(), *(path.read_bytes().decode("latin-1") for path in left)]
    for secret in (TOKEN, "geheim"):
        assert not any(secret in text for text in texts)
