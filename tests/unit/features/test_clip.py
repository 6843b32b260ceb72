"""CLIP features from a local open_clip folder."""

import numpy as np
import open_clip
import pytest
import torch

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.features.clip import ImageText
from semantic_bottleneck.training.clip_training import MODEL_CONFIG, save_clip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("clip")
    save_clip(open_clip.CLIP(**MODEL_CONFIG, output_dict=False), path)
    return path


@pytest.fixture(scope="module")
def model(folder):
    return ImageText("study-clip", folder)


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


def test_grey_and_equal_colours_are_the_same_picture(model):
    grey = pictures(3)
    colour = np.repeat(grey, 3, axis=3)
    assert np.array_equal(model.encode_images(grey, np.arange(3), 3), model.encode_images(colour, np.arange(3), 3))


def test_unreadable_models_are_named(folder, tmp_path):
    with pytest.raises(UserError, match="neither a folder nor one of openai"):
        ImageText("study-clip", tmp_path / "absent")
    with pytest.raises(UserError, match="readable open_clip model"):
        ImageText("study-clip", tmp_path)
    (tmp_path / "open_clip_config.json").write_bytes((folder / "open_clip_config.json").read_bytes())
    (tmp_path / "open_clip_model.safetensors").write_bytes(b"nothing")
    with pytest.raises(UserError, match="readable open_clip model"):
        ImageText("study-clip", tmp_path)
