"""Every published checkpoint, hollow but for its conditioner, is recognised and gets a card that stands."""

import numpy as np
import pytest
import torch
import yaml
from scipy.stats import norm

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.geometry.measures import cosine_matrix, pairwise
from semantic_bottleneck.inspection.inspect_checkpoint import inspect_checkpoint
from semantic_bottleneck.inspection.page import inspection_page
from semantic_bottleneck.models.class_conditioner import ClassConditioner
from semantic_bottleneck.study.cards import load_card
from semantic_bottleneck.study.load import load_study
from tests.golden.recipe import fill_state_dict
from tests.unit.inspection.hollow import MANIFESTS, hollow_file, manifest
from tests.unit.models.architectures import OFFICIAL, OFFICIAL_CONDITIONERS

CARDS = {
    "dit-xl-2": ("DiT-XL-2-256x256.pt", "", "dit"),
    "sit-xl-2": ("SiT-XL-2-256.pt", "", "sit"),
    "repa-sit-xl-2": ("last.pt", "", "repa"),
    "mg-sit-xl-2": ("SiT-XL-2-MG.pt", "ema", "mg"),
    "mdtv2-xl-2": ("mdt_xl2_v2_ckpt.pt", "", "mdt"),
    "lightningdit-xl-1": ("lightningdit-xl-imagenet256-800ep.pt", "ema", "lightningdit"),
    "xmdpt-s-2": ("ema_0.9999_300000.pt", "", "xmdpt-s"),
    "xmdpt-b-2": ("ema_0.9999_300000.pt", "", "xmdpt-b"),
    "xmdpt-l-2": ("ema_0.9999_300000.pt", "", "xmdpt-l"),
    "mdsgen-b": ("mdsgen_audioldm.pt", "", "mdsgen-b"),
    "uvit-huge-2": ("imagenet256_uvit_huge.pth", "", "uvit"),
    "sd3-2b": ("diffusion_pytorch_model.pt", "", "sd3-2b"),
    "sd3-8b": ("diffusion_pytorch_model.pt", "", "sd3-8b"),
    "audioldm": ("diffusion_pytorch_model.bin", "", "audioldm"),
}
"""Manifest -> published file name, outer key, and the hand-written card that the written one must agree with."""
SECTIONS = ("family", "conditioning", "sampler", "guidance", "decoder", "precision")


@pytest.mark.parametrize("name", CARDS)
def test_the_card_is_the_hand_written_one(root, name):
    file, outer, official = CARDS[name]
    hollow_file(root / file, manifest(name), outer)
    found = inspect_checkpoint({"checkpoint": file, "name": "new"}, root)
    written, expected = (load_card(root / f"config/models/{each}.yaml") for each in ("new", official))
    for section in SECTIONS:
        assert written.get(section) == expected.get(section), section
    family, architecture = OFFICIAL.get(name) or OFFICIAL_CONDITIONERS[name]
    assert written["family"] == family
    assert written["architecture"].items() >= architecture.items()
    assert written["checkpoint"]["keys"] == ([outer] if outer else [])
    tables = set(yaml.safe_load((root / found["study"]).read_text())["tables"])
    assert tables == (
        {"table1", "table2", "table3", "table4", "table6"}
        if family in ("dit", "mdt", "lightningdit")
        else {"table1", "table4"}
        if family == "uvit"
        else {"table5"}
    )
    study = load_study(yaml.safe_load((root / found["study"]).read_text()), root, [root / found["study"]])
    assert study.config["models"] == ["new"]
    assert (found["geometry"] is None) == (written["conditioning"]["kind"] != "class")


def test_the_numbers_are_those_of_the_conditioner(root):
    hollow_file(root / "DiT.pt", manifest("dit-xl-2"))
    found = inspect_checkpoint({"checkpoint": "DiT.pt", "name": "new"}, root)
    conditioner = fill(ClassConditioner(1152))
    with torch.inference_mode():
        c = conditioner.condition(torch.full((1000,), 999.0), torch.arange(1000)).c.numpy()
    numbers = found["geometry"]
    assert numbers["sets"]["c"]["cosine_similarity"]["value"] == pytest.approx(pairwise(cosine_matrix(c)).mean(), rel=1e-6)
    assert numbers["tail"]["0.05"] == pytest.approx(100 * (np.abs(c) < 0.05).mean())
    assert numbers["ranking"][0]["dimension"] == c.var(axis=0).argmax()
    assert numbers["tail_sigma"]["0.39"] == pytest.approx(np.quantile(np.abs(c), 0.39) / norm.ppf(0.695), rel=1e-6)
    page = inspection_page(found)
    assert "| cosine similarity of two classes | " in page
    assert len(page.splitlines()) < 60


def fill(conditioner):
    fill_state_dict(conditioner.state_dict())
    return conditioner


def test_every_manifest_is_tried():
    assert {path.stem for path in MANIFESTS.glob("*.json")} == CARDS.keys() | {"vavae-f16d32-decoder"}


def test_the_decoder_among_the_manifests_is_no_diffusion_transformer(root):
    hollow_file(root / "vavae.pt", manifest("vavae-f16d32-decoder"), "state_dict")
    with pytest.raises(UserError, match="looks like an autoencoder"):
        inspect_checkpoint({"checkpoint": "vavae.pt"}, root)


def test_without_a_telling_name_the_convention_of_dit_and_sit_is_asked_for(root):
    hollow_file(root / "model.pt", manifest("sit-xl-2"))
    with pytest.raises(UserError, match=r"model\.pt .* add --config convention=dit \(dit or sit: variance channels"):
        inspect_checkpoint({"checkpoint": "model.pt"}, root)
    assert not (root / "config/models/model.yaml").exists()
    found = inspect_checkpoint({"checkpoint": "model.pt", "convention": "sit", "name": "mine"}, root)
    assert found["geometry"]["timesteps"] == [0.0, 0.96]
