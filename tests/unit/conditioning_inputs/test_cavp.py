"""CAVP features of clips: the first 32 frames, and clear words about every other file."""

from pathlib import Path

import numpy as np
import pytest

from semantic_bottleneck.conditioning.cavp import read_clip
from semantic_bottleneck.conditioning.load import load_conditions
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.cards import load_card
from tests.sections import conditioning_of

CARD = Path(__file__).resolve().parents[3] / "config/models/mdsgen-b.yaml"


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "data/vggsound-cavp"
    path.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for index in (2, 0, 1):
        features = rng.standard_normal((40, 512), dtype=np.float32)
        np.savez(path / f"clip{index}_000030.npz", features / np.linalg.norm(features, axis=1, keepdims=True))
    return path


def test_clips_in_order_of_names_first_32_frames(folder, tmp_path):
    card = load_card(CARD)
    card["conditioning"]["data"]["count"] = 3
    ids, inputs = load_conditions(conditioning_of(card["conditioning"]), tmp_path)
    assert ids.tolist() == [0, 1, 2]
    assert list(inputs) == ["features"]
    assert inputs["features"].shape == (3, 32, 512)
    assert inputs["features"].dtype == np.float32
    for index in range(3):
        stored = np.load(folder / f"clip{index}_000030.npz")["arr_0"]
        assert (inputs["features"][index] == stored[:32]).all()


def test_too_few_clips(folder, tmp_path):
    with pytest.raises(UserError, match="holds 3 clips but the card asks for 1000"):
        load_conditions(conditioning_of(load_card(CARD)["conditioning"]), tmp_path)


@pytest.mark.parametrize(
    ("features", "words"),
    [
        (np.zeros((31, 512)), r"shape \(31, 512\)"),
        (np.zeros((40, 256)), r"shape \(40, 256\)"),
        (np.zeros((1, 40, 512)), r"shape \(1, 40, 512\)"),
        (np.full((40, 512), np.nan), "not finite"),
    ],
)
def test_wrong_features_are_named(tmp_path, features, words):
    np.savez(tmp_path / "clip.npz", features)
    with pytest.raises(UserError, match=rf"clip\.npz .*{words}"):
        read_clip(tmp_path / "clip.npz", 32, 512)


def test_other_key_and_other_files(tmp_path):
    np.savez(tmp_path / "clip.npz", feat=np.zeros((40, 512)))
    with pytest.raises(UserError, match="has no array 'arr_0'; it holds feat"):
        read_clip(tmp_path / "clip.npz", 32, 512)
    assert read_clip(tmp_path / "clip.npz", 32, 512, key="feat").shape == (32, 512)
    (tmp_path / "text.npz").write_text("not an archive")
    with pytest.raises(UserError, match=r"is no \.npz file"):
        read_clip(tmp_path / "text.npz", 32, 512)
