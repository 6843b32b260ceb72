"""Asset cards, and decoders made from their files."""

import re
import shutil

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from fetch_decoder import fetch_decoder
from semantic_bottleneck.decoding import vae
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study import assets
from semantic_bottleneck.study.assets import load_asset
from semantic_bottleneck.study.cards import load_card
from tests.sections import completed
from tests.unit.checkpoints.server import FileServer, Served
from tests.workflow.project import ROOT

CARDS = sorted(path.stem for path in (ROOT / "config/assets").glob("*.yaml"))
TINY = {"widths": [32, 32], "latent_channels": 4, "attention": [False, False], "residual_blocks": 1, "scale": 0.18215}

CONFIG = {"block_out_channels": [32], "latent_channels": 4, "up_block_types": ["UpDecoderBlock2D"]}


@pytest.mark.parametrize("name", CARDS)
def test_every_card_is_valid(name):
    card = load_asset(name)
    assert card["name"] == name
    assert card["checkpoint"]["files"][0]["url"].partition(":")[0] in ("https", "hf", "gdrive")


def test_every_decoder_of_a_class_model_has_a_card_and_a_shape():
    for model in ("dit", "sit", "mdt", "lightningdit", "mg", "repa"):
        card = load_asset(load_card(ROOT / f"config/models/{model}.yaml")["decoder"]["name"], "decoder")
        known = vae.described(card["name"], card["architecture"])
        assert known.normalised == ("statistics" in card)


@pytest.fixture
def config(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "config", tmp_path / "config")
    monkeypatch.setattr(assets, "CONFIG", tmp_path / "config")
    return tmp_path / "config/assets"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"sise": 1}, "unknown key 'sise'"),
        ({"checkpoint": {"files": [], "container": "pt"}}, "checkpoint.files"),
        (
            {"kind": "vae"},
            "the value of 'kind' must be 'decoder', 'inception', 'clip', 'dinov2', 'lpips' or 'vocoder', not 'vae'.",
        ),
        (
            {"kind": "lpips", "statistics": {"files": [{"url": "a"}], "container": "pt"}},
            "the key 'statistics' is not for this kind",
        ),
        ({"name": "other"}, "it must be the file's name, 'sd-vae-ft-ema'"),
        ({"architecture": {"width": 3}}, "unknown key 'architecture.width'; did you mean 'widths'"),
        ({"architecture": {"network": CONFIG, "scale": 1}}, "architecture.scale stands beside network, which says it already"),
    ],
)
def test_a_wrong_card_is_named(config, change, sentence):
    path = config / "sd-vae-ft-ema.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | change))
    with pytest.raises(UserError, match=rf"config/assets/sd-vae-ft-ema\.yaml: .*{re.escape(sentence)}"):
        load_asset("sd-vae-ft-ema", "decoder")


def test_an_absent_card_and_one_of_another_kind_are_named():
    with pytest.raises(UserError, match=r"sd-vae\.yaml does not exist; .*sd-vae-ft-ema"):
        load_asset("sd-vae")
    with pytest.raises(
        UserError, match=r"inception\.yaml describes a network of kind inception, where one of kind clip is needed"
    ):
        load_asset("inception", "clip")


def asset(**changed) -> dict:
    card = {"checkpoint": {"files": [{"url": "vae.safetensors"}], "container": "safetensors"}} | changed
    sections = {name: completed("checkpoint", card[name]) for name in ("checkpoint", "statistics") if name in card}
    return {"name": "tiny", "architecture": TINY} | card | sections


@pytest.fixture
def tensors(tmp_path):
    random = torch.Generator().manual_seed(0)
    wanted = vae.build_vae(vae.described("tiny", TINY)).state_dict()
    state = {name: torch.randn(tensor.shape, generator=random) * 0.05 for name, tensor in wanted.items()}
    save_file(state | {"encoder.conv_in.weight": torch.zeros(3)}, tmp_path / "vae.safetensors")
    return state


def test_a_decoder_keeps_its_own_half_and_describes_itself(tmp_path, tensors):
    fetch_decoder(asset(), tmp_path, tmp_path / "out.safetensors")
    assert load_file(tmp_path / "out.safetensors").keys() == tensors.keys()
    pixels = vae.load_vae("whatever", tmp_path / "out.safetensors")(np.zeros((2, 4, 3, 3), dtype=np.float32))
    assert pixels.shape == (2, 3, 6, 6)


def test_a_gated_file_asks_for_a_token(tmp_path, monkeypatch):
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with FileServer({"owner/vae/resolve/main/vae.safetensors": Served(b"x" * 100, token="secret")}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        checkpoint = {"files": [{"url": "hf://owner/vae/vae.safetensors@main"}], "container": "safetensors"}
        with pytest.raises(UserError, match=r"is gated, and no token was given; .* accept the licence at .*HF_TOKEN"):
            fetch_decoder(asset(checkpoint=checkpoint), tmp_path, tmp_path / "out.safetensors")


def test_a_decoder_that_does_not_fit_leaves_no_file(tmp_path, tensors):
    with pytest.raises(UserError, match=r"decoder\.conv_in\.weight in vae\.safetensors .*\[32, 4, 3, 3\]"):
        fetch_decoder(asset(architecture=TINY | {"latent_channels": 5}), tmp_path, tmp_path / "out.safetensors")
    with pytest.raises(UserError, match=r"architecture\.network .* refused by diffusers .*; copy vae/config\.json"):
        fetch_decoder(asset(architecture={"network": CONFIG | {"wings": 2}}), tmp_path, tmp_path / "out.safetensors")
    with pytest.raises(UserError, match="'statistics' is missing"):
        fetch_decoder(asset(architecture=TINY | {"normalised": True}), tmp_path, tmp_path / "out.safetensors")
    statistics = {"files": [{"url": "stats.pt"}], "container": "pt"}
    torch.save({"mean": torch.zeros(1, 4, 1, 1), "std": torch.zeros(1, 4, 1, 1)}, tmp_path / "stats.pt")
    with pytest.raises(UserError, match=r"stats\.pt holds latent_std .* positive"):
        fetch_decoder(
            asset(architecture=TINY | {"normalised": True}, statistics=statistics), tmp_path, tmp_path / "out.safetensors"
        )
    assert not (tmp_path / "out.safetensors").exists()
