"""DINOv2's class tokens."""

import numpy as np
import pytest
import timm
import torch
from PIL import Image

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.features.dinov2 import MEAN, STD, open_dinov2
from semantic_bottleneck.study.asset import Asset
from semantic_bottleneck.study.typed import typed
from tests.sections import completed

OPTIONS = {"embed_dim": 24, "depth": 1, "num_heads": 2}
CARD = {
    "architecture": {"name": "vit_small_patch14_dinov2", "options": OPTIONS},
    "checkpoint": completed("checkpoint", {"files": [{"url": "served"}], "container": "pt"}),
}


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return timm.create_model("vit_small_patch14_dinov2", pretrained=False, num_classes=0, img_size=224, **OPTIONS).eval()


@pytest.fixture(scope="module")
def weights(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("dinov2") / "dinov2.pth"
    torch.save(model.state_dict() | {"mask_token": torch.zeros(1, 24)}, path)
    return path


def pictures(n: int, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, 40, 40, channels), dtype=np.uint8)


def test_pictures_are_resized_and_standardised_as_imagenets(model, weights):
    images = pictures(3)
    found = open_dinov2(weights, typed(Asset, CARD))(images, np.arange(3), 2)
    resized = [np.asarray(Image.fromarray(image).resize((224, 224), Image.Resampling.BICUBIC)) for image in images]
    inputs = (np.stack(resized) / 255.0 - MEAN) / STD
    with torch.no_grad():
        tokens = model.forward_features(torch.from_numpy(inputs.transpose(0, 3, 1, 2)).float())
    assert found.shape == (3, 24)
    np.testing.assert_allclose(found, tokens[:, 0].numpy(), atol=1e-4)


def test_shards_give_the_same_bits_and_grey_is_a_colour(weights):
    encode, images = open_dinov2(weights, typed(Asset, CARD)), pictures(7, 1)
    whole = encode(images, np.arange(7), 4)
    parts = [encode(images[part], np.arange(7)[part], 4) for part in (slice(0, 3), slice(3, 7))]
    assert np.array_equal(whole, np.concatenate(parts))
    assert np.array_equal(whole, encode(np.repeat(images, 3, axis=3), np.arange(7), 4))


def test_weights_that_do_not_fit_are_named(weights):
    card = CARD | {"architecture": {"name": "vit_small_patch14_dinov2", "options": OPTIONS | {"embed_dim": 32}}}
    with pytest.raises(UserError, match=r"dinov2\.pth"):
        open_dinov2(weights, typed(Asset, card))
