"""Which files of a repository are fetched, and that they are checked like any other."""

import json

import pytest
import torch
from safetensors.torch import save

from semantic_bottleneck.checkpoints.http import Client
from semantic_bottleneck.checkpoints.repository import fetch_folder, wanted_files
from semantic_bottleneck.errors import UserError
from tests.unit.checkpoints.server import FileServer, Served

REPOSITORY = {"source": "o/r", "revision": "v1"}
CONTENTS = {
    "README.md": b"no",
    "config.json": b"{}",
    "text/config.json": b'{"a": 1}',
    "text/vocab.txt": b"a\nb\n",
    "text/model.safetensors": save({"w": torch.ones(3)}),
    "text/model.fp16.safetensors": b"no",
    "text/pytorch_model.bin": b"no",
    "text/deeper/config.json": b"no",
}


def served(contents=CONTENTS, listing=None) -> dict[str, Served]:
    names = json.dumps({"siblings": [{"rfilename": name} for name in contents]}).encode() if listing is None else listing
    files = {f"o/r/resolve/v1/{name}": Served(content) for name, content in contents.items()}
    return files | {"api/models/o/r/revision/v1": Served(names, content_type="application/json")}


@pytest.fixture
def fetch(tmp_path, patience):
    def call(repository=REPOSITORY, folder="text"):
        with Client(patience) as client:
            lock = tmp_path / "lock.json"
            fetch_folder(**repository, folder=folder, destination=tmp_path / "out", lock=lock, base=tmp_path, client=client)
        return {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}

    return call


def test_settings_and_one_kind_of_weights():
    assert wanted_files(list(CONTENTS), "text") == ["text/config.json", "text/vocab.txt", "text/model.safetensors"]
    assert wanted_files(list(CONTENTS), "") == ["config.json"]
    shards = ["a/model-00001-of-00002.safetensors", "a/model-00002-of-00002.safetensors"]
    index = "a/model.safetensors.index.json"
    assert wanted_files([*shards, index, "a/model.ckpt"], "a") == [index, *shards]
    pictures = ["config.json", "diffusion_pytorch_model.bin", "diffusion_pytorch_model.non_ema.safetensors"]
    assert wanted_files(pictures, "") == pictures[:2]


def test_a_folder_is_fetched_once_and_remembered(tmp_path, fetch, monkeypatch):
    with FileServer(served()) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        wanted = {"text/config.json", "text/vocab.txt", "text/model.safetensors"}
        assert fetch() == wanted
        asked = len(server.requests)
        assert fetch() == wanted
        assert len(server.requests) == asked + 1  # the list of names
        assert (tmp_path / "out/text/vocab.txt").read_bytes() == CONTENTS["text/vocab.txt"]
        assert set(json.loads((tmp_path / "lock.json").read_text())) == {f"hf://o/r/{name}@v1" for name in wanted}
        (tmp_path / "out/text/config.json").unlink()
        server.files["o/r/resolve/v1/text/config.json"] = Served(b'{"a": 2}')
        with pytest.raises(UserError, match=r"text/config\.json@v1 has another sha256 now"):
            fetch()
        assert not (tmp_path / "out/text/config.json").exists()


@pytest.mark.parametrize("listing", [b"", b"[]", b"null", b'{"siblings": 3}', b'{"siblings": [{}]}', b"\xff", b"[" * 100_000])
def test_a_damaged_list_is_one_sentence(listing, fetch, monkeypatch):
    with FileServer(served(listing=listing)) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        with pytest.raises(UserError, match="does not say which files there are"):
            fetch()


def test_names_that_leave_the_folder_are_not_asked_for(fetch, monkeypatch):
    listing = json.dumps(
        {"siblings": [{"rfilename": name} for name in ("../text/config.json", "/text/x.json", "text/../x.json")]}
    )
    with FileServer(served(listing=listing.encode())) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        with pytest.raises(UserError, match="has no files in text"):
            fetch()


@pytest.mark.parametrize(
    ("repository", "sentence"),
    [
        ({"source": "absent", "revision": "main"}, "neither a folder nor a repository"),
        ({"source": "o/r/s", "revision": "main"}, "neither a folder nor a repository"),
        ({"source": "o/other", "revision": "main"}, "does not exist"),
    ],
)
def test_repositories_that_are_not_there(repository, sentence, fetch, monkeypatch):
    with FileServer(served()) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        with pytest.raises(UserError, match=sentence):
            fetch(repository)
