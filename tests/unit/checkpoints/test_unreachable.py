"""Requests without an answer, and pages in a file's place: what a person is told, and how often is tried."""

import socket
import ssl

import pytest
import requests
import urllib3

from semantic_bottleneck.checkpoints.patience import NoNetworkError, Retries, TransientError, UnfinishedError, UnreachableError
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.checkpoints.refusals import RefusedError
from semantic_bottleneck.checkpoints.sources import locate
from semantic_bottleneck.checkpoints.unreachable import no_answer
from semantic_bottleneck.errors import UserError
from tests.sections import checkpoint_of
from tests.unit.checkpoints.conftest import pt_bytes
from tests.unit.checkpoints.same import require_same
from tests.unit.checkpoints.server import FileServer, Served


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def sentence_for(address: str, tmp_path, patience, **allowed) -> str:
    with pytest.raises(UserError) as error:
        read_tensors(checkpoint_of({"files": [{"url": address, **allowed}]}), None, base=tmp_path, patience=patience)
    assert "\n" not in str(error.value)
    assert "Error" not in str(error.value)
    return str(error.value)


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_a_host_that_is_not_there_is_tried_twice(tmp_path, patience, waits):
    said = sentence_for("https://no-such-host.invalid/a.pt", tmp_path, patience)
    assert said == (
        "https://no-such-host.invalid/a.pt could not be reached: host name no-such-host.invalid not found; is this machine "
        "online? Behind a proxy set HTTPS_PROXY."
    )
    assert waits == [1.0]


def test_a_closed_port_is_tried_twice(tmp_path, patience, waits, closed_port):
    said = sentence_for(f"http://127.0.0.1:{closed_port}/a.pt", tmp_path, patience)
    assert "could not be reached: 127.0.0.1 refuses connections; check the address" in said
    assert waits == [1.0]


def test_a_redirect_to_nowhere_names_that_host(tmp_path, patience):
    with FileServer({"a.pt": Served(redirect="https://no-such-host.invalid/x?token=geheim")}) as server:
        said = sentence_for(server.url("a.pt"), tmp_path, patience)
    assert "host name no-such-host.invalid not found" in said
    assert "geheim" not in said


@pytest.mark.parametrize("kind", [NoNetworkError, UnreachableError, TransientError])
def test_once_bytes_came_every_trouble_is_worth_all_tries(patience, waits, kind):
    error = kind("host", "gone", "wait") if kind is NoNetworkError else kind("gone", "wait")
    retries = Retries("a.pt", patience)
    retries.progressed()
    for _ in range(3):
        retries.failed(error)
    with pytest.raises(UnfinishedError, match=r"a\.pt could not be transferred after 4 tries \(gone\); wait\."):
        retries.failed(error)
    assert waits == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("proxy", ["http://anna:geheim@no-such-proxy.invalid:1", "http://anna:geheim@127.0.0.1:{port}"])
def test_a_proxy_that_does_not_answer(tmp_path, patience, monkeypatch, closed_port, proxy):
    monkeypatch.setenv("HTTPS_PROXY", proxy.format(port=closed_port))
    said = sentence_for("https://host.invalid/a.pt", tmp_path, patience)
    assert "the proxy that the environment names does not answer; correct HTTPS_PROXY" in said
    assert "geheim" not in said


def test_a_proxy_that_asks_for_a_login(tmp_path, patience, monkeypatch):
    with FileServer({"a.pt": Served(answer=(407, {}, b""))}) as server:
        monkeypatch.setenv("HTTP_PROXY", server.address.replace("//", "//anna:geheim@"))
        said = sentence_for("http://host.invalid/a.pt", tmp_path, patience, insecure=True)
        assert server.requests[0][1]["Proxy-Authorization"].startswith("Basic ")
    assert "the proxy asks for a login (407)" in said
    assert "geheim" not in said


@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [
        ("407 Proxy Authentication Required", RefusedError, r"the proxy asks for a login \(407\)"),
        ("403 Forbidden", RefusedError, "the proxy lets nobody through to host"),
        ("502 Bad Gateway", TransientError, "the proxy cannot reach host"),
    ],
)
def test_what_a_proxy_says_about_a_tunnel(tmp_path, status, kind, message):
    inner = urllib3.exceptions.ProxyError("Unable to connect to proxy", OSError(f"Tunnel connection failed: {status}"))
    error = requests.exceptions.ProxyError(urllib3.exceptions.MaxRetryError(None, "https://host/a", inner))
    found = no_answer(error, locate("https://host/a.pt", tmp_path), "https://host/a.pt")
    assert type(found) is kind
    with pytest.raises(kind, match=message):
        raise found


def test_a_certificate_that_is_not_trusted(tmp_path):
    distrust = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] long text")
    distrust.verify_message = "self-signed certificate in certificate chain"
    error = requests.exceptions.SSLError(urllib3.exceptions.MaxRetryError(None, "/a", urllib3.exceptions.SSLError(distrust)))
    found = no_answer(error, locate("https://host/a.pt", tmp_path), "https://host/a.pt")
    assert str(found) == (
        "https://host/a.pt: the certificate of host is not accepted (self-signed certificate in certificate chain); behind a "
        "company's proxy name its CA file in REQUESTS_CA_BUNDLE."
    )


def test_a_server_without_tls(tmp_path, patience, waits):
    with FileServer({"a.pt": Served(b"x")}) as server:
        said = sentence_for(server.url("a.pt").replace("http:", "https:"), tmp_path, patience)
    assert "127.0.0.1 does not speak TLS at this address" in said
    assert waits == []


def test_a_ca_file_that_is_absent_or_holds_nothing(tmp_path, patience, monkeypatch):
    (tmp_path / "empty.pem").write_text("no certificate\n")
    with FileServer({"a.pt": Served(b"x")}) as server:
        for name in ("absent.pem", "empty.pem"):
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / name))
            said = sentence_for(server.url("a.pt").replace("http:", "https:"), tmp_path, patience)
            assert f"names {tmp_path / name}, which is absent or holds no certificate; correct it." in said


@pytest.mark.parametrize(
    "address",
    ["http://x..y/a", "http://u:ge/heim@h/a", "http://a b/c", "http://h:99999/a", f"http://{'x' * 70}.org/a", "http:///a"],
)
def test_addresses_that_cannot_be_requested(tmp_path, patience, waits, address):
    said = sentence_for(address, tmp_path, patience, insecure=True)
    assert "no address" in said
    assert "heim" not in said
    assert waits == []


def test_redirects_that_lead_nowhere(tmp_path, patience, waits):
    with FileServer({"a.pt": Served(redirect="/a.pt"), "b.pt": Served(redirect="ftp://h/x")}) as server:
        assert "redirects in circles" in sentence_for(server.url("a.pt"), tmp_path, patience)
        assert "is, or leads to, no address" in sentence_for(server.url("b.pt"), tmp_path, patience)
    assert waits == []


def test_a_server_that_says_nothing_is_waited_for(tmp_path, patience, waits, weights):
    with FileServer({"a.pt": Served(pt_bytes(weights), cuts=[0, 0])}) as server:
        result = read_tensors(checkpoint_of({"files": [{"url": server.url("a.pt")}]}), None, base=tmp_path, patience=patience)
    require_same(result.tensors, weights)
    assert waits == [1.0, 2.0]


PAGES = [
    ("Google Drive - Quota exceeded", "", "downloaded too often lately; wait a day"),
    ("Google Drive", "<p>Too many users have viewed or downloaded this file recently.</p>", "downloaded too often lately"),
    ("Sign in - Google Accounts", "", "since the link is not public; have it shared"),
    ("Log In &#183; Dropbox", "", "since the link is not public"),
    (
        "Sharing Link Validation",
        "<h1>This link has <b>expired</b></h1>",
        "since the link has expired or its file is gone; ask its owner",
    ),
    ("Dropbox - Link not found", "", "since the link has expired or its file is gone"),
    ("Something else", "", 'answered with a web page ("Something else") instead of the file; open'),
    ("", "", "answered with a web page instead of the file; open the address in a browser"),
]


@pytest.mark.parametrize(("title", "body", "meaning"), PAGES)
def test_pages_say_what_they_mean(tmp_path, patience, title, body, meaning):
    page = f"<!DOCTYPE html><html><head><title>\n {title}</title></head><body>{body}</body></html>".encode()
    with FileServer({"a.pt": Served(page, content_type="text/html; charset=utf-8")}) as server:
        assert meaning in sentence_for(server.url("a.pt"), tmp_path, patience)


@pytest.mark.parametrize(
    ("status", "query", "body", "message"),
    [
        (401, "", b"", "127.0.0.1 asks for a login (401); put one for 127.0.0.1 into ~/.netrc"),
        (
            403,
            "",
            b"<title>No <i>robots</i></title>",
            'the server refuses access (403) ("No robots"); download the file by hand',
        ),
        (404, "", b"<title>Link not found</title>", 'is not there any more (404) ("Link not found"); correct the url'),
        (410, "", b"", "is not there any more (410); correct the url"),
        (
            403,
            "?X-Amz-Signature=geheim",
            b"<Message>Request has expired</Message>",
            'refused (403) ("Request has expired"), as such',
        ),
        (418, "", b"", "the server answered 418; correct the url"),
    ],
)
def test_other_hosts_refusals(tmp_path, patience, status, query, body, message):
    with FileServer({"a.pt": Served(answer=(status, {"Content-Type": "text/html"}, body))}) as server:
        said = sentence_for(server.url("a.pt") + query, tmp_path, patience)
        assert len(server.requests) == 1
    assert message in said
    assert "geheim" not in said


def test_too_many_requests(tmp_path, patience, waits):
    with FileServer({"a.pt": Served(b"", failures=[429] * 9)}) as server:
        said = sentence_for(server.url("a.pt"), tmp_path, patience)
    assert "after 4 tries (the server answered 429); too many requests came from here" in said
    assert waits == [1.0, 2.0, 4.0]
