"""Training at nano size: it learns, it can be killed, and its files are the official ones."""

import argparse
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from semantic_bottleneck.data.bundled_images import load_images
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import parquet
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.training import run as run_module
from semantic_bottleneck.training.classifier import DigitClassifier
from semantic_bottleneck.training.trainer import train_model
from tests.sections import card_of, training_of

OBJECTIVES = {
    "dit": {"name": "noise"},
    "sit": {"name": "velocity", "noise_time": 0},
    "repa": {"name": "aligned-velocity", "noise_time": 1, "weight": 0.5},
    "mg": {"name": "guided-velocity", "noise_time": 1, "scale": 1.45, "end": 0.75},
}
FILES = {"step-000000.pt", "step-000007.pt", "final.pt", "loss.parquet"}


def nano_card(kind="sit", **training):
    architecture = {"input_size": 8, "patch_size": 2, "in_channels": 1, "hidden_size": 16, "depth": 2, "num_heads": 2}
    architecture |= {"num_classes": 10, "learn_sigma": False}
    if kind == "repa":
        architecture |= {"projector_dims": [64], "projector_width": 16, "projection_depth": 1}
    settings = {"objective": OBJECTIVES[kind], "steps": 20, "batch_size": 16, "learning_rate": 3e-3, "warmup_steps": 4}
    settings |= {"final_learning_rate": 0.05, "conditioning_learning_rate": 0.5, "weight_decay": 0.0, "ema_decay": 0.9}
    settings |= {"label_dropout": 0.1, "container": {"key": "ema" if kind in ("repa", "mg") else None}, "seed": 0}
    sampler = {"dit": {"name": "ddpm", "steps": 3, "clip": True}, "sit": {"name": "sit-ode", "steps": 4}}
    return {
        "name": f"{kind}-test",
        "family": "dit",
        "architecture": architecture,
        "training": settings | training,
        "sampler": sampler.get(kind, {"name": "repa-sde", "steps": 3}),
        "guidance": {"scale": 1.5},
    }


@pytest.fixture(scope="module")
def data():
    return load_images("digits").take(0, 200)


@pytest.fixture(scope="module")
def classifier():
    torch.manual_seed(0)
    return DigitClassifier().eval()


def train(card, data, classifier, folder, steps=(0, 7), **options):
    train_model(card_of(card), data, classifier, 3, steps, folder, **options)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("kind", OBJECTIVES)
def test_files_and_containers(kind, data, classifier, tmp_path):
    card = nano_card(kind)
    files = train(card, data, classifier, tmp_path)
    assert set(files) == FILES
    with torch.serialization.safe_globals([argparse.Namespace]):
        saved = torch.load(tmp_path / "final.pt", weights_only=True)
    if kind in ("repa", "mg"):
        assert set(saved) == {"ema", "model", "args", "steps"}
        assert saved["steps"] == 20
        assert isinstance(saved["args"], argparse.Namespace)
        saved = saved["ema"]
    build_network("dit", card["architecture"]).load_state_dict(saved)
    loss = parquet.read(tmp_path / "loss.parquet")
    np.testing.assert_array_equal(loss["step"], np.arange(1, 21))
    assert np.isfinite(loss["loss"]).all()


def test_untrained_checkpoint_is_the_initial_network(data, classifier, tmp_path):
    train(nano_card(), data, classifier, tmp_path)
    saved = torch.load(tmp_path / "step-000000.pt", weights_only=True)
    assert not saved["final_layer.linear.weight"].any()
    assert saved["y_embedder.embedding_table.weight"].std().item() == pytest.approx(0.02, rel=0.3)


@pytest.mark.parametrize(("kind", "killed_after"), [("dit", 5), ("repa", 12)])
def test_a_killed_run_continues_to_the_same_bytes(kind, killed_after, data, classifier, tmp_path, monkeypatch):
    card = nano_card(kind)
    whole = train(card, data, classifier, tmp_path / "whole", save_every=4)
    update = run_module.TrainingRun.update

    def update_until_killed(run):
        if run.step == killed_after:
            raise KeyboardInterrupt
        update(run)

    monkeypatch.setattr(run_module.TrainingRun, "update", update_until_killed)
    with pytest.raises(KeyboardInterrupt):
        train(card, data, classifier, tmp_path / "cut", save_every=4)
    assert {path.name for path in (tmp_path / "cut").iterdir()} == {".training"}
    calls = []
    monkeypatch.setattr(run_module.TrainingRun, "update", lambda run: (calls.append(run.step), update(run)))
    assert train(card, data, classifier, tmp_path / "cut", save_every=4) == whole
    assert calls[0] == killed_after // 4 * 4


def test_state_of_another_run_is_not_continued(data, classifier, tmp_path, monkeypatch):
    update = run_module.TrainingRun.update

    def interrupted(run):
        if run.step == 9:
            raise KeyboardInterrupt
        update(run)

    def cut(folder):
        with monkeypatch.context() as patch:
            patch.setattr(run_module.TrainingRun, "update", interrupted)
            with pytest.raises(KeyboardInterrupt):
                train(nano_card(), data, classifier, folder, save_every=8)

    cut(tmp_path / "cut")
    other = nano_card(learning_rate=1e-3)
    for name, card, steps in (("settings", other, (0, 7)), ("checkpoints", nano_card(), (0, 5, 7))):
        shutil.copytree(tmp_path / "cut", tmp_path / name)
        fresh = train(card, data, classifier, tmp_path / f"{name}-fresh", steps)
        assert train(card, data, classifier, tmp_path / name, steps) == fresh
    shutil.copytree(tmp_path / "cut", tmp_path / "damaged")
    (tmp_path / "damaged/.training/train_state.pt").write_bytes(b"half a file")
    assert set(train(nano_card(), data, classifier, tmp_path / "damaged")) == FILES


def test_training_reduces_the_loss(data, classifier, tmp_path):
    train(nano_card("sit", steps=150, learning_rate=1e-2), data, classifier, tmp_path)
    loss = parquet.read(tmp_path / "loss.parquet")["loss"]
    assert loss[-20:].mean() < 0.7 * loss[:10].mean()


def test_seed_decides_everything(data, classifier, tmp_path):
    card = nano_card(steps=7)
    torch.manual_seed(1)
    train_model(card_of(card), data, classifier, 0, [], tmp_path / "a")
    torch.manual_seed(2)
    train_model(card_of(card), data, classifier, 0, [], tmp_path / "b")
    train_model(card_of(card), data, classifier, 1, [], tmp_path / "c")
    assert (tmp_path / "a/final.pt").read_bytes() == (tmp_path / "b/final.pt").read_bytes()
    assert (tmp_path / "a/final.pt").read_bytes() != (tmp_path / "c/final.pt").read_bytes()


def test_learning_rate_schedule():
    settings = training_of(nano_card(steps=104, warmup_steps=4, learning_rate=1.0)["training"])
    assert [settings.rate(step) for step in range(5)] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert settings.rate(54) == pytest.approx(0.05 + 0.95 / 2)
    assert settings.rate(104) == pytest.approx(0.05)


def test_conditioning_embedders_learn_at_their_own_rate(data, classifier):
    run = run_module.TrainingRun(card_of(nano_card(conditioning_learning_rate=0.2)), data, classifier, 0)
    run.update()
    slow, fast = (
        next(group for group in run.optimizer.param_groups if group["conditioning"] is kind) for kind in (True, False)
    )
    assert slow["lr"] == pytest.approx(0.2 * fast["lr"])
    named = dict(run.network.named_parameters())
    assert {id(weight) for weight in slow["params"]} == {
        id(weight) for name, weight in named.items() if name.startswith(("t_embedder", "y_embedder"))
    }


def test_bad_settings_are_named(data, classifier, tmp_path):
    with pytest.raises(UserError, match="step 21"):
        train_model(card_of(nano_card()), data, classifier, 0, (21,), tmp_path / "out")
    card = card_of(nano_card())
    diverging = replace(card, training=replace(card.training, learning_rate=float("nan")))
    with pytest.raises(UserError, match="sit-test is not finite at step 2"):
        train_model(diverging, data, classifier, 0, (), tmp_path / "out")
    card = nano_card()
    card["architecture"]["input_size"] = 16
    with pytest.raises(UserError, match=r"\(1, 16, 16\)"):
        train_model(card_of(card), data, classifier, 0, (), tmp_path / "out")
    with pytest.raises(UserError, match="train with a classifier"):
        train_model(card_of(nano_card("repa")), data, None, 0, (), tmp_path / "out")
