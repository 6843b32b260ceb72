"""The tiny CLIP learns which caption belongs to an image, and open_clip reads what was saved."""

import open_clip
import pytest
import torch

from semantic_bottleneck.data.bundled_images import load_images
from semantic_bottleneck.data.image_data import split
from semantic_bottleneck.training.clip_training import (
    resized,
    save_clip,
    tokenize,
    train_clip,
    zero_shot_accuracy,
)


def test_training_saving_and_reloading(tmp_path):
    train, held_out = split(load_images("digits"))
    model, accuracy = train_clip(train, held_out, seed=0, steps=150)
    assert accuracy > 0.5  # chance is 0.1; the study trains three times as long
    save_clip(model, tmp_path)
    reloaded = open_clip.create_model(f"local-dir:{tmp_path}").eval()
    assert zero_shot_accuracy(reloaded, held_out) == accuracy
    tokens = open_clip.get_tokenizer(f"local-dir:{tmp_path}")(train.captions)
    assert torch.equal(tokens, tokenize(train.captions))
    transform = open_clip.image_transform(reloaded.visual.image_size, is_train=False)
    assert transform is not None


def test_captions_name_the_class():
    assert load_images("digits").captions[7] == "a photo of the digit seven"


def test_images_enter_as_three_equal_channels_in_range():
    pixels = resized(load_images("digits").images[:4])
    assert pixels.shape == (4, 3, 32, 32)
    assert torch.equal(pixels[:, 0], pixels[:, 2])
    assert pixels.min() >= -1
    assert pixels.max() <= 1
    assert pixels.max() == pytest.approx(1.0, abs=0.1)
