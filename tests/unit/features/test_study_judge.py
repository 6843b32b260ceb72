"""The study's own classifier sees grey and RGB pictures of the size it was trained on, and whatever it cannot see is said."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from semantic_bottleneck.data.bundled_images import load_images
from semantic_bottleneck.data.image_data import split
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.features.channels import with_channels
from semantic_bottleneck.features.study_cnn import extract
from semantic_bottleneck.references.pictures import open_pictures
from semantic_bottleneck.study.load import load_study
from semantic_bottleneck.study.validation import load_yaml
from semantic_bottleneck.training.classifier import DigitClassifier, load_classifier, save_classifier, train_classifier

ROOT = Path(__file__).resolve().parents[3]
GREY = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 1), dtype=np.uint8)


def judge(path, **config):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        save_classifier(DigitClassifier(**config).eval(), path)
    return path


def features(images, weights):
    return extract(images, np.arange(len(images)), weights, 4, "cpu")["features"]


@given(arrays.arrays(np.uint8, st.tuples(st.just(1), st.integers(1, 9), st.integers(1, 9), st.just(3))))
def test_luma_is_pillows(images):
    found = with_channels(torch.from_numpy(images.transpose(0, 3, 1, 2)), 1)
    assert np.array_equal(found[0, 0].numpy(), np.asarray(Image.fromarray(images[0]).convert("L")))


def test_grey_survives_colour_exactly():
    levels = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)
    assert torch.equal(with_channels(with_channels(levels, 3), 1), levels)
    assert with_channels(levels, 1) is levels


def test_a_folder_of_grey_pictures_gives_the_features_of_the_pictures(tmp_path):
    weights = judge(tmp_path / "judge.pt")
    (tmp_path / "real").mkdir()
    for number, picture in enumerate(GREY):
        stored = Image.fromarray(picture[..., 0])
        (stored if number % 2 else stored.convert("RGB")).save(tmp_path / f"real/{number}.png")
    with open_pictures(tmp_path / "real") as (_, blocks):
        (images,) = blocks(5)
    assert images.shape == (5, 8, 8, 3)
    assert np.array_equal(features(images, weights), features(GREY, weights))


def test_a_judge_of_colours_sees_grey_pictures(tmp_path):
    weights = judge(tmp_path / "judge.pt", channels=3)
    assert np.array_equal(features(GREY, weights), features(np.repeat(GREY, 3, axis=3), weights))


def test_pictures_that_the_judge_does_not_know_are_named(tmp_path):
    weights = judge(tmp_path / "judge.pt", size=16)
    with pytest.raises(UserError, match=r"knows pictures of 16 x 16 pixels and is shown 8 x 8; resize evaluation\.reference"):
        features(GREY, weights)
    with pytest.raises(UserError, match="judge of pictures with 1 channels is shown 4; use grey or RGB"):
        features(np.repeat(GREY, 4, axis=3), judge(tmp_path / "small.pt"))


def test_a_trained_judge_remembers_the_size(tmp_path):
    train, held_out = split(load_images("mnist16"))
    network, _ = train_classifier(train.take(0, 64), held_out.take(0, 8), seed=0, epochs=1)
    save_classifier(network, tmp_path / "judge.pt")
    assert load_classifier(tmp_path / "judge.pt").config == {"channels": 1, "classes": 10, "size": 16}


def study(**changes):
    config = load_yaml(ROOT / "config/nano.yaml")
    config["evaluation"] |= changes.pop("evaluation", {})
    return load_study(config | changes, ROOT)


@pytest.mark.parametrize("kind", ["adm-npz", "statistics-npz"])
def test_statistics_of_inception_are_refused_when_planned(kind):
    reference = {"kind": kind, "url": "https://example.org/stats.npz"}
    with pytest.raises(UserError, match=rf"evaluation\.reference\.kind {kind} holds statistics of Inception's features"):
        study(evaluation={"reference": reference})
    study(evaluation={"reference": {"kind": "images", "path": "data/real"}})


def test_models_of_other_pictures_are_refused_when_planned():
    with pytest.raises(UserError, match=r"architecture\.input_size of dit-nano is 8, but the data set mnist16 has 16"):
        study(data="mnist16")
    models = load_yaml(ROOT / "config/nano.yaml")["models"]
    scored = {"table2": {"models": ["sit"], "variants": ["baseline"]}}
    with pytest.raises(UserError, match=r"study-cnn learns from data: digits, pictures of 8 x 8 pixels, but samples of 'sit'"):
        study(models=[*models, "sit"], tables=scored)
    study(models=[*models, "sit"], tables={"table1": {"models": ["sit"]}})  # nobody judges its pictures
