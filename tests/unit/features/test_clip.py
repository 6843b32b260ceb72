"""CLIP features from a local open_clip folder."""

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.features.clip import open_folder, open_published
from semantic_bottleneck.features.study_clip import StudyClip, preprocess
from semantic_bottleneck.study.asset import Asset
from semantic_bottleneck.study.assets import load_asset
from semantic_bottleneck.study.typed import typed
from semantic_bottleneck.training.clip_training import MODEL_CONFIG, PREPROCESS_CONFIG, save_clip
from tests.sections import completed


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("clip")
    save_clip(open_clip.CLIP(**MODEL_CONFIG, output_dict=False), path)
    return path


@pytest.fixture(scope="module")
def model(folder):
    return open_folder(folder)


def pictures(n, channels=1):
    return np.random.default_rng(0).integers(0, 256, (n, 8, 8, channels), dtype=np.uint8)


def test_features_have_unit_length(model):
    images = model.encode_images(pictures(5), np.arange(5), batch=4)
    texts = model.encode_texts(["a photo of the digit seven", "a photo of the digit two"])
    assert images.shape == (5, 32)
    assert texts.shape == (2, 32)
    for features in (images, texts):
        assert features.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(features, axis=1), 1.0, atol=1e-6)
    assert not np.allclose(texts[0], texts[1])


def test_one_shard_or_two_give_the_same_bits(model):
    images, samples = pictures(13), np.arange(13)
    whole = model.encode_images(images, samples, 4)
    parts = [model.encode_images(images[part], samples[part], 4) for part in (slice(0, 6), slice(6, 13))]
    assert np.array_equal(whole, np.concatenate(parts))


@pytest.mark.parametrize("channels", [1, 3])
def test_the_studys_own_tower_gives_open_clips_bits(model, folder, channels):
    images, samples, texts = pictures(13, channels), np.arange(3, 16), ["a photo of the digit one"]
    own = StudyClip(folder)
    assert np.array_equal(own.encode_images(images, samples, 4), model.encode_images(images, samples, 4))
    assert np.array_equal(own.encode_texts(texts), model.encode_texts(texts))


@pytest.mark.parametrize("shape", [(8, 8), (16, 16), (40, 56, 3)])
def test_pictures_are_prepared_as_open_clip_does(model, shape):
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8))
    assert torch.equal(preprocess(picture, PREPROCESS_CONFIG), model.preprocess(picture))


def test_grey_and_equal_colours_are_the_same_picture(model):
    grey = pictures(3)
    colour = np.repeat(grey, 3, axis=3)
    assert np.array_equal(model.encode_images(grey, np.arange(3), 3), model.encode_images(colour, np.arange(3), 3))


def test_unreadable_models_are_named(folder, tmp_path):
    with pytest.raises(UserError, match="readable open_clip model"):
        open_folder(tmp_path)
    with pytest.raises(UserError, match=r"open_clip_model\.safetensors is damaged or absent"):
        StudyClip(tmp_path)
    (tmp_path / "open_clip_config.json").write_bytes((folder / "open_clip_config.json").read_bytes())
    (tmp_path / "open_clip_model.safetensors").write_bytes(b"nothing")
    with pytest.raises(UserError, match="readable open_clip model"):
        open_folder(tmp_path)
    with pytest.raises(UserError, match=r"open_clip_model\.safetensors is damaged or absent"):
        StudyClip(tmp_path)


def test_a_changed_description_is_named(folder, tmp_path):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    config = tmp_path / "open_clip_config.json"
    config.write_text(config.read_text().replace("0.5", "0.7", 1))
    with pytest.raises(UserError, match=r"open_clip_config\.json is damaged or absent \(its checksum does not hold\)"):
        StudyClip(tmp_path)


CHECKPOINT = completed("checkpoint", {"files": [{"url": "served"}], "container": "safetensors"})


def test_a_published_file_gives_what_the_folder_gives(model, folder):
    """Built from an asset card instead of the folder's own description."""
    card = {"architecture": {"model": MODEL_CONFIG, "preprocess": PREPROCESS_CONFIG}, "checkpoint": CHECKPOINT}
    published = open_published(folder / "open_clip_model.safetensors", typed(Asset, card))
    images, texts = pictures(5, 3), ["a photo of a tench", "a photo of a goldfish"]
    assert np.array_equal(published.encode_images(images, np.arange(5), 4), model.encode_images(images, np.arange(5), 4))
    assert np.array_equal(published.encode_texts(texts), model.encode_texts(texts))


def test_the_cards_gelu_is_the_one_used(folder):
    settings = {"preprocess": PREPROCESS_CONFIG}
    found = {}
    for quick in (False, True):
        card = {"architecture": settings | {"model": MODEL_CONFIG | {"quick_gelu": quick}}, "checkpoint": CHECKPOINT}
        found[quick] = open_published(folder / "open_clip_model.safetensors", typed(Asset, card)).encode_images(
            pictures(2, 3), np.arange(2), 2
        )
    assert not np.allclose(found[False], found[True], atol=1e-5)


def test_the_card_of_openais_model_is_open_clips_description():
    card = load_asset("openai-vit-b-32", "clip")["architecture"]
    assert card["model"] == open_clip.get_model_config("ViT-B-32-quickgelu")
    published = open_clip.get_pretrained_cfg("ViT-B-32-quickgelu", "openai")
    assert tuple(card["preprocess"]["mean"]) == published["mean"]
    assert tuple(card["preprocess"]["std"]) == published["std"]
    assert card["preprocess"]["interpolation"] == published["interpolation"]
    assert card["preprocess"]["resize_mode"] == published["resize_mode"]


def test_a_file_that_does_not_fit_its_card_is_named(folder):
    card = {"architecture": {"model": MODEL_CONFIG | {"embed_dim": 16}, "preprocess": PREPROCESS_CONFIG}}
    with pytest.raises(UserError, match=r"open_clip_model\.safetensors"):
        open_published(folder / "open_clip_model.safetensors", typed(Asset, card | {"checkpoint": CHECKPOINT}))
