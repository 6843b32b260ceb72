"""Checkpoints on servers: which bytes travel, and how a repository's file is found."""

import json

import pytest
import torch
from safetensors.torch import save

from semantic_bottleneck.checkpoints.patience import Patience
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.inspection.addresses import resolve_addresses, weights_among
from semantic_bottleneck.inspection.inspect_checkpoint import inspect_checkpoint
from semantic_bottleneck.study.cards import load_card
from tests.field._lib.own import state
from tests.unit.checkpoints.server import FileServer, Served
from tests.unit.inspection.hollow import hollow_file, manifest

QUICK = Patience(attempts=1, connect_timeout=2.0, read_timeout=5.0)


def test_of_a_repa_checkpoint_travels_less_than_0_6_percent(root, tmp_path):
    path = hollow_file(tmp_path / "last.pt", manifest("repa-sit-xl-2"))
    with FileServer({"last.pt": Served(path, etag='"x"')}) as server:
        found = inspect_checkpoint({"checkpoint": server.url("last.pt"), "name": "far"}, root, QUICK)
        assert server.sent < 0.006 * path.stat().st_size
        assert len(server.requests) < 30
    assert found["family"] == "dit"
    assert load_card(root / "config/models/far.yaml")["checkpoint"]["files"][0]["url"] == server.url("last.pt")


def test_a_sharded_repository_is_read_by_its_index(root):
    weights = state() | {"blocks.0.unused": torch.zeros(1)}
    weights.pop("blocks.0.unused")
    shards = {name: f"model-{number % 3}.safetensors" for number, name in enumerate(weights)}
    files = {"r/model.safetensors.index.json": Served(json.dumps({"weight_map": shards}).encode())}
    for shard in set(shards.values()):
        part = {name: tensor.contiguous() for name, tensor in weights.items() if shards[name] == shard}
        files[f"r/{shard}"] = Served(save(part))
    with FileServer(files) as server:
        given = {"checkpoint": server.url("r/model.safetensors.index.json"), "heads": 2, "convention": "sit", "name": "cut"}
        found = inspect_checkpoint(given, root, QUICK)
        assert len(server.requests) < 30
    card = load_card(root / "config/models/cut.yaml")
    assert card["checkpoint"]["container"] == "safetensors-index"
    assert found["geometry"]["dimensions"] == 16


def test_a_server_without_ranges_is_not_made_to_send_everything(root, tmp_path):
    path = hollow_file(tmp_path / "last.pt", manifest("repa-sit-xl-2"))
    with FileServer({"last.pt": Served(path, etag='"x"', ranges=False)}) as server, pytest.raises(UserError, match="fetch it"):
        inspect_checkpoint({"checkpoint": server.url("last.pt"), "name": "far"}, root, QUICK)


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (
            [
                "model_index.json",
                "transformer/config.json",
                "transformer/diffusion_pytorch_model.safetensors.index.json",
                "transformer/diffusion_pytorch_model-00001-of-00003.safetensors",
                "vae/diffusion_pytorch_model.safetensors",
            ],
            "transformer/diffusion_pytorch_model.safetensors.index.json",
        ),
        (["transformer/diffusion_pytorch_model.fp16.safetensors", "mdt_xl2.pt"], "mdt_xl2.pt"),
        (["unet/diffusion_pytorch_model.bin", "vae/diffusion_pytorch_model.bin"], "unet/diffusion_pytorch_model.bin"),
    ],
)
def test_the_network_of_a_repository_is_found(names, chosen):
    assert weights_among(names, "hf://a/b") == chosen


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["v1.pt", "v2.pt"], "checkpoint=hf://a/b holds several files of weights (v1.pt, v2.pt); add one's name to it."),
        (["README.md"], "checkpoint=hf://a/b holds no file of weights"),
    ],
)
def test_a_repository_that_leaves_the_choice_is_refused(names, sentence):
    with pytest.raises(UserError) as caught:
        weights_among(names, "hf://a/b")
    assert str(caught.value).startswith(sentence)


def test_a_repository_on_the_hub_is_listed(root, monkeypatch):
    listing = {"siblings": [{"rfilename": "transformer/diffusion_pytorch_model.safetensors"}]}
    with FileServer({"api/models/a/b/revision/v1": Served(json.dumps(listing).encode())}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        (address,) = resolve_addresses(["hf://a/b@v1"], root, QUICK)
        assert address == "hf://a/b/transformer/diffusion_pytorch_model.safetensors@v1"
        assert resolve_addresses(["hf://a/b/c.pt@v1"], root, QUICK) == ["hf://a/b/c.pt@v1"]
        assert len(server.requests) == 1


def test_a_path_is_looked_up_and_written_from_the_repository(root, tmp_path, monkeypatch):
    (root / "weights").mkdir()
    (root / "weights/a.pt").write_bytes(b"")
    monkeypatch.chdir(root / "weights")
    assert resolve_addresses(["a.pt"], root) == ["weights/a.pt"]
    assert resolve_addresses(["weights"], root) == ["weights/a.pt"]
    with pytest.raises(UserError, match=r"checkpoint=b\.pt: there is no such file or folder"):
        resolve_addresses(["b.pt"], root)
