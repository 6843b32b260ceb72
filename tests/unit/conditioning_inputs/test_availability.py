"""Whether the user's data is there, told without reading it."""

from dataclasses import replace
from pathlib import Path

import pytest

from semantic_bottleneck.conditioning.availability import available
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.cards import load_card
from semantic_bottleneck.study.typed import typed

ROOT = Path(__file__).resolve().parents[3]


def card(name: str) -> Card:
    return typed(Card, load_card(ROOT / f"config/models/{name}.yaml"))


@pytest.fixture(autouse=True)
def no_token(monkeypatch):
    monkeypatch.delenv("HF_TOKEN", raising=False)


def test_class_models_need_nothing(tmp_path):
    assert available(card("repa"), tmp_path) is None


def test_pose_data_is_asked_for_file_by_file(tmp_path):
    folder = tmp_path / "data/deepfashion"
    for name in ("test_pairs.txt", "256-256/data.mdb", "pose"):
        sentence = available(card("xmdpt-s"), tmp_path)
        assert sentence.startswith(f"data/deepfashion/{name} is absent")
        assert "PIDM" in sentence
        assert "\n" not in sentence
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch() if "." in name else (folder / name).mkdir()
    assert available(card("xmdpt-s"), tmp_path) is None


def test_clips_are_counted(tmp_path):
    wanted = card("mdsgen-b")
    wanted = replace(wanted, conditioning=replace(wanted.conditioning, data=replace(wanted.conditioning.data, count=2)))
    folder = tmp_path / "data/vggsound-cavp"
    assert "holds 0 of the 2 clips" in available(wanted, tmp_path)
    folder.mkdir(parents=True)
    (folder / "a.npz").touch()
    assert "holds 1 of the 2 clips" in available(wanted, tmp_path)
    (folder / "b.npz").touch()
    assert available(wanted, tmp_path) is None


def test_gated_models_ask_for_the_licence_and_a_token(tmp_path, monkeypatch):
    sentence = available(card("sd3-8b"), tmp_path)
    assert "https://huggingface.co/stabilityai/stable-diffusion-3.5-large" in sentence
    assert "HF_TOKEN" in sentence
    monkeypatch.setenv("HF_TOKEN", "x")
    assert available(card("sd3-8b"), tmp_path) is None


def test_prompt_files_ship_with_the_repository(tmp_path):
    assert available(card("audioldm"), ROOT) is None
    assert "config/prompts/sounds.txt is absent" in available(card("audioldm"), tmp_path)


def test_training_pairs_are_asked_for_only_where_samples_are_scored(tmp_path):
    folder = tmp_path / "data/deepfashion"
    (folder / "256-256").mkdir(parents=True)
    (folder / "pose").mkdir()
    for name in ("test_pairs.txt", "256-256/data.mdb"):
        (folder / name).touch()
    assert available(card("xmdpt-l"), tmp_path) is None
    assert "train_pairs.txt is absent" in available(card("xmdpt-l"), tmp_path, scored=True)
    (folder / "train_pairs.txt").touch()
    assert available(card("xmdpt-l"), tmp_path, scored=True) is None
