"""The model hub: what its addresses mean, and what its refusals say."""

import json

import pytest
from safetensors.torch import save

from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.checkpoints.sources import locate, sibling
from semantic_bottleneck.errors import UserError
from tests.sections import checkpoint_of
from tests.unit.checkpoints.conftest import pt_bytes
from tests.unit.checkpoints.same import require_same
from tests.unit.checkpoints.server import FileServer, Served

TOKEN = "hf_" + "s" * 34
HUB = "https://huggingface.co"
SPELLINGS = [
    ("hf://o/r/a.pt", "o/r", "main", "a.pt"),
    ("hf://o/r/a.pt@v1", "o/r", "v1", "a.pt"),
    ("hf://o/r/dir@x/a.pt@v1", "o/r", "v1", "dir%40x/a.pt"),
    ("hf://o/r@v1/dir/a.pt", "o/r", "v1", "dir/a.pt"),
    ("hf://o/r@refs/pr/1/dir/a.pt", "o/r", "refs%2Fpr%2F1", "dir/a.pt"),
    ("hf://o/r@refs%2Fpr%2F1/a.pt", "o/r", "refs%2Fpr%2F1", "a.pt"),
    ("hf://datasets/o/r/dir/a.pt@refs/pr/1", "datasets/o/r", "refs%2Fpr%2F1", "dir/a.pt"),
    ("hf://datasets/o/r@refs/convert/parquet/a.pt", "datasets/o/r", "refs%2Fconvert%2Fparquet", "a.pt"),
    ("hf://spaces/o/r/a b.pt", "spaces/o/r", "main", "a%20b.pt"),
    (f"{HUB}/o/r/blob/main/dir/a.pt", "o/r", "main", "dir/a.pt"),
    (f"{HUB}/o/r/resolve/main/a.pt?download=true", "o/r", "main", "a.pt"),
    (f"{HUB}/o/r/raw/v1/a.pt", "o/r", "v1", "a.pt"),
    (f"{HUB}/gpt2/resolve/main/a%20b.pt", "gpt2", "main", "a%20b.pt"),
    (f"{HUB}/datasets/o/r/blob/refs%2Fpr%2F1/a.pt", "datasets/o/r", "refs%2Fpr%2F1", "a.pt"),
    (f"{HUB}/datasets/o/r/blob/refs/pr/1/a.pt", "datasets/o/r", "refs%2Fpr%2F1", "a.pt"),
    (f"{HUB}/spaces/o/r/resolve/main/blob/a.pt", "spaces/o/r", "main", "blob/a.pt"),
    ("http://hf.co/o/r/resolve/main/a.pt", "o/r", "main", "a.pt"),
]


@pytest.mark.parametrize("endpoint", [HUB, "https://mirror.example:8443/hub"])
@pytest.mark.parametrize(("address", "repository", "revision", "path"), SPELLINGS)
def test_addresses(tmp_path, monkeypatch, endpoint, address, repository, revision, path):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("HF_ENDPOINT", f"{endpoint}/")
    found = locate(f"{address}#member.pt", tmp_path)
    assert found.url == f"{endpoint}/{repository}/resolve/{revision}/{path}"
    assert (found.page, found.hub, found.token.value) == (f"{endpoint}/{repository}", True, TOKEN)
    assert (found.member, found.name) == ("member.pt", f"{address}#member.pt")
    beside = locate(sibling(address, "s.safetensors"), tmp_path)
    folder = path.rpartition("/")[0]
    assert beside.url == f"{endpoint}/{repository}/resolve/{revision}/{folder}{'/' if folder else ''}s.safetensors"


def test_the_endpoints_own_web_addresses_are_the_hubs(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/hub")
    found = locate("https://mirror.example/hub/o/r/blob/main/a.pt", tmp_path)
    assert found.url == "https://mirror.example/hub/o/r/resolve/main/a.pt"
    assert not locate("https://mirror.example/o/r/blob/main/a.pt", tmp_path).hub


@pytest.mark.parametrize(
    "address", ["https://user:pw@huggingface.co/o/r/resolve/main/a.pt", f"{HUB}/o/r", "https://h/o/r/blob/main/a"]
)
def test_other_addresses_are_not_the_hubs(tmp_path, monkeypatch, address):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    found = locate(address, tmp_path)
    assert (found.hub, found.token, found.url) == (False, None, address)


@pytest.mark.parametrize("address", ["hf://o", "hf://o/r", "hf://o/r@v1", "hf://datasets/o/r", "hf:///r/a", "hf://o/r/@v1"])
def test_incomplete_addresses(tmp_path, address):
    with pytest.raises(UserError, match="is incomplete; write hf://"):
        locate(address, tmp_path)


def test_an_endpoint_that_is_no_address(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "mirror.example")
    with pytest.raises(UserError, match=r"HF_ENDPOINT is 'mirror\.example', which is no address"):
        locate("hf://o/r/a.pt", tmp_path)


def test_no_shard_lies_beside_a_file_on_google_drive():
    for address in ("gdrive:1aBcDeFgHiJkL", "https://drive.google.com/file/d/1aBcDeFgHiJkL/view"):
        with pytest.raises(UserError, match="no shard has an address"):
            sibling(address, "s.safetensors")


@pytest.mark.parametrize("address", ["hf://datasets/o/r/d/i.json@refs/pr/1", f"{HUB}/datasets/o/r/blob/refs%2Fpr%2F1/d/i.json"])
def test_shards_of_a_data_set(tmp_path, weights, patience, monkeypatch, address):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    index = json.dumps({"weight_map": dict.fromkeys(weights, "s-1.safetensors")}).encode()
    shard = save({name: value.contiguous() for name, value in weights.items()})
    folder = "datasets/o/r/resolve/refs%2Fpr%2F1/d"
    files = {f"{folder}/i.json": Served(index, token=TOKEN), f"{folder}/s-1.safetensors": Served(shard, token=TOKEN)}
    with FileServer(files) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        card = {"files": [{"url": address}], "container": "safetensors-index"}
        require_same(read_tensors(checkpoint_of(card), None, base=tmp_path, patience=patience).tensors, weights)


def said(address: str, answer: tuple, tmp_path, patience, monkeypatch, token: str | None) -> str:
    """The sentence that `answer` (status, error code, error message) leads to."""
    status, code, message = answer
    headers = {name: value for name, value in (("X-Error-Code", code), ("X-Error-Message", message)) if value}
    if token:
        monkeypatch.setenv("HF_TOKEN", token)
    path = locate(address, tmp_path).url.partition("huggingface.co/")[2]
    with FileServer({path: Served(answer=(status, headers, b"{}"))}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        with pytest.raises(UserError) as error:
            read_tensors(checkpoint_of({"files": [{"url": address}]}), None, base=tmp_path, patience=patience)
        assert len(server.requests) == 1
        sentence = str(error.value).replace(server.address, HUB)
    assert "\n" not in sentence
    assert TOKEN not in sentence
    return sentence


MISSING = "names a repository that does not exist, or is private"
REFUSALS = [
    (None, (401, "RepoNotFound", "Repository not found"), f"{MISSING}; check the name", "HF_TOKEN"),
    (
        TOKEN,
        (404, "RepoNotFound", "Repository not found"),
        f"{MISSING} and the account of the token in HF_TOKEN may not see",
        "/o/r",
    ),
    (
        None,
        (404, "RevisionNotFound", "Invalid rev id: x"),
        "names a revision that does not exist in https://huggingface.co/o/r",
        "",
    ),
    (None, (404, "EntryNotFound", "Entry not found"), "does not exist in this repository at this revision", "/o/r/tree/main"),
    (
        None,
        (401, "GatedRepo", "restricted"),
        "is gated and no token was given: accept the licence at https://huggingface.co/o/r",
        "login",
    ),
    (
        TOKEN,
        (403, "GatedRepo", "restricted"),
        "is gated and the token in HF_TOKEN was not accepted for it (403): accept",
        "/o/r with",
    ),
    (
        TOKEN,
        (401, "", "Invalid credentials in Authorization header"),
        "the token in HF_TOKEN was not accepted (401: Invalid",
        "create",
    ),
    (TOKEN, (401, "RepoNotFound", "Invalid credentials in Authorization header"), "the token in HF_TOKEN was not accepted", ""),
    (TOKEN, (401, "", ""), "the token in HF_TOKEN was not accepted (401)", "check that https://huggingface.co/o/r exists"),
    (
        None,
        (401, "", "Invalid username or password."),
        "does not exist, is private, or is gated, and no token was given",
        "/o/r if",
    ),
    (None, (403, "", ""), "may not be read without a token (403)", "HF_TOKEN"),
    (
        TOKEN,
        (403, "", "Forbidden: storage limit"),
        "may not be read by the account of the token in HF_TOKEN (403: Forbidden: s",
        "ask",
    ),
    (None, (403, "DisabledRepo", ""), "lies in a repository that the hub has disabled", "another source"),
    (None, (403, "", "Access to this resource is disabled."), "lies in a repository that the hub has disabled", ""),
    (None, (404, "", ""), "does not exist, or is private", "check the name"),
    (None, (451, "", "Unavailable"), "was answered 451: Unavailable", "add a mirror"),
]


@pytest.mark.parametrize(("token", "answer", "sentence", "fix"), REFUSALS)
def test_refusals_differ(tmp_path, patience, monkeypatch, token, answer, sentence, fix):
    found = said("hf://o/r/a.pt@main", answer, tmp_path, patience, monkeypatch, token)
    assert found.startswith("hf://o/r/a.pt@main ")
    assert sentence in found
    assert fix in found
    assert ("gated" in found) == (answer[1] == "GatedRepo" or (answer[0] == 401 and not answer[1] and not token))


@pytest.mark.parametrize("address", ["hf://datasets/o/r/a.pt", f"{HUB}/datasets/o/r/blob/main/a.pt"])
def test_the_licence_of_a_data_set_has_its_own_page(tmp_path, patience, monkeypatch, address):
    found = said(address, (401, "GatedRepo", ""), tmp_path, patience, monkeypatch, None)
    assert "accept the licence at https://huggingface.co/datasets/o/r," in found


def test_a_withheld_token_is_said(tmp_path, patience, monkeypatch):
    monkeypatch.setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")
    found = said("hf://o/r/a.pt", (401, "GatedRepo", ""), tmp_path, patience, monkeypatch, TOKEN)
    assert "no token was given" in found
    assert "HF_HUB_DISABLE_IMPLICIT_TOKEN is set" in found


def test_the_hubs_storage_is_not_the_hub(tmp_path, patience, monkeypatch):
    hub = Served()
    with FileServer({"o/r/resolve/main/a.pt": hub, "cdn": Served(answer=(403, {}, b""))}) as server:
        hub.redirect = server.url("cdn").replace("127.0.0.1", "localhost")
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        with pytest.raises(UserError, match=r"hf://o/r/a.pt: the server refuses access \(403\)"):
            read_tensors(checkpoint_of({"files": [{"url": "hf://o/r/a.pt"}]}), None, base=tmp_path, patience=patience)


def test_gated_with_the_right_token_is_read(tmp_path, weights, patience, monkeypatch):
    with FileServer({"o/r/resolve/main/a.pt": Served(pt_bytes(weights), token=TOKEN)}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.setenv("HF_TOKEN", f"{TOKEN}\r\n")
        require_same(
            read_tensors(checkpoint_of({"files": [{"url": "hf://o/r/a.pt"}]}), None, base=tmp_path, patience=patience).tensors,
            weights,
        )
