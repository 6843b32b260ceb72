"""Where an address and its redirects may lead, and what a login is told on the way; a local server stands for all others."""

import ipaddress
import socket
from contextlib import nullcontext

import pytest
import torch

from semantic_bottleneck.checkpoints import http
from semantic_bottleneck.checkpoints.http import Client
from semantic_bottleneck.checkpoints.reach import OutOfReachError, Reach, in_clear, same_origin
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.checkpoints.sources import Location, locate
from semantic_bottleneck.checkpoints.tokens import Token
from semantic_bottleneck.errors import UserError
from tests.sections import checkpoint_of
from tests.unit.checkpoints.conftest import pt_bytes
from tests.unit.checkpoints.server import FileServer, Served

TOKEN = "hf_" + "s" * 34


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "HF_ENDPOINT", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def names(monkeypatch):
    """Names of hosts that do not exist -> the addresses that they stand for."""
    known = {"public.example": "127.0.0.1"}
    real = socket.getaddrinfo

    def resolve(host, *arguments, **more):
        return real(known.get(host, host), *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


def take(url: str, tmp_path, patience, **allowed):
    return read_tensors(checkpoint_of({"files": [{"url": url, **allowed}]}), None, base=tmp_path, patience=patience)


@pytest.mark.parametrize("url", ["http://files.example/a.pt", "http://8.8.8.8/a.pt"])
def test_plain_http_is_refused(url, tmp_path, patience):
    with pytest.raises(UserError, match=r"is plain http, .* add insecure: true beside the url in the card"):
        take(url, tmp_path, patience)


def test_a_redirect_to_plain_http_is_refused(tmp_path, patience):
    with (
        FileServer({"a.pt": Served(redirect="http://files.example/a.pt?sig=geheim")}) as server,
        pytest.raises(UserError, match=r"redirects to plain http at files\.example") as error,
    ):
        take(server.url("a.pt"), tmp_path, patience)
    assert "geheim" not in str(error.value)


PRIVATE = ["10.0.0.1", "192.168.1.1", "172.16.0.9", "100.64.0.1", "[fd00::1]", "[::ffff:10.0.0.1]"]
NEVER = ["169.254.169.254", "[fe80::1]", "0.0.0.0", "224.0.0.1", "[::]"]


@pytest.mark.parametrize("host", [*PRIVATE, *NEVER, "127.0.0.1", "[::1]"])
def test_a_redirect_from_the_internet_into_a_private_network_is_refused(host, tmp_path, patience, monkeypatch):
    """No request for it is made: the session is one that fails the test."""
    asked = []

    class Session:
        def get(self, url, **_):
            asked.append(url)
            return type("Response", (), {"close": lambda self: None, "url": url})()

        def get_redirect_target(self, response):
            return f"https://{host}/latest/meta-data"

        def close(self):
            pass

    monkeypatch.setattr(http.Client, "_session", lambda self, location: Session())
    with pytest.raises(UserError, match=r"which is not on the internet .* add private: true"):
        take("https://files.example/a.pt", tmp_path, patience)
    assert asked == ["https://files.example/a.pt"]


@pytest.mark.parametrize("host", [*PRIVATE, *NEVER])
def test_what_private_allows(host):
    address = ipaddress.ip_address(host.strip("[]"))
    with pytest.raises(OutOfReachError):
        Reach.PUBLIC.require(address)
    if host in NEVER:
        with pytest.raises(OutOfReachError):
            Reach.PRIVATE.require(address)
    else:
        Reach.PRIVATE.require(address)


def test_a_public_name_that_stands_for_this_machine_is_sent_nothing(tmp_path, patience, names):
    with FileServer({"a.pt": Served(pt_bytes({"w": torch.ones(2)}))}) as server:
        url = server.url("a.pt").replace("127.0.0.1", "public.example")
        with pytest.raises(UserError, match=r"leads to public\.example \(127\.0\.0\.1\), which is not on the internet"):
            take(url, tmp_path, patience, insecure=True)
        assert not server.requests
        assert take(url, tmp_path, patience, insecure=True, private=True).tensors["w"].tolist() == [1, 1]


def test_a_name_that_means_another_address_the_second_time(tmp_path, patience, monkeypatch):
    """What counts is where the connection leads, not what was looked up before."""
    answers = iter(["93.184.216.34", *["127.0.0.1"] * 9])
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: real(next(answers), *rest, **more))
    with FileServer({"a.pt": Served(b"x")}) as server:
        socket.getaddrinfo("public.example", 80)
        with pytest.raises(UserError, match="not on the internet"):
            take(server.url("a.pt").replace("127.0.0.1", "public.example"), tmp_path, patience, insecure=True)
        assert not server.requests


def test_a_server_on_this_machine_may_be_named_and_redirect_to_itself(tmp_path, patience):
    files = {"a.pt": Served(redirect="/b.pt"), "b.pt": Served(pt_bytes({"w": torch.ones(2)}))}
    with FileServer(files) as server:
        assert take(server.url("a.pt"), tmp_path, patience).tensors["w"].tolist() == [1, 1]


def test_logins_belong_to_scheme_host_and_port():
    home = "https://hub.example/file"
    assert same_origin(home, "https://HUB.example:443/other")
    for other in (
        "http://hub.example/file",
        "https://hub.example:444/file",
        "https://hub.example.org/file",
        "https://example/",
    ):
        assert not same_origin(home, other)


@pytest.mark.parametrize("allowed", [True, False])
def test_after_a_redirect_without_encryption_no_login_goes_out(patience, monkeypatch, tmp_path, allowed):
    """The same host in plain http: the token, a written login and one of ~/.netrc stay here, also where http is allowed."""
    (tmp_path / "netrc").write_text("machine hub.example login anna password geheim\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    sent = {}

    class Session:
        def get(self, url, auth, **_):
            request = type("Request", (), {"headers": {}})()
            sent[url] = auth(request).headers.get("Authorization")
            return type("R", (), {"status_code": 200, "headers": {}, "history": [], "url": url, "close": lambda self: None})()

        def get_redirect_target(self, response):
            return "http://hub.example/file" if response.url.startswith("https") else None

    monkeypatch.setattr(http.Client, "_session", lambda self, location: Session())
    hub = Location("hf://o/r/f", url="https://hub.example/file", hub=True, token=Token(TOKEN, "here"), insecure=allowed)
    for location in (hub, locate("https://bob:pw@hub.example/file", tmp_path, insecure=allowed)):
        sent.clear()
        with nullcontext() if allowed else pytest.raises(UserError, match="redirects to plain http"):
            Client(patience).get(location, {})
        first = next(url for url in sent if url.startswith("https"))
        assert sent.pop(first)
        assert sent == ({"http://hub.example/file": None} if allowed else {})


def test_what_goes_in_clear(tmp_path):
    card = locate("https://files.example/a.pt", tmp_path)
    trusted = locate("https://files.example/a.pt", tmp_path, insecure=True)
    assert in_clear(card, "http://files.example/")
    assert not in_clear(trusted, "http://files.example/")
    for url in ("http://127.0.0.1:8/", "http://localhost/", "http://[::1]/", "https://files.example/"):
        assert not in_clear(card, url)
    for url in ("http://localhost.example/", "http://127.0.0.1.example/", "http://2130706433/"):
        assert in_clear(card, url)


def test_a_hub_that_the_environment_names_may_be_private(monkeypatch, tmp_path):
    assert not locate("hf://o/r/a.pt", tmp_path).private
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.institute.example")
    assert locate("hf://o/r/a.pt", tmp_path).private
    assert not locate("https://files.example/a.pt", tmp_path).private
