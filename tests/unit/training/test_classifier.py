"""The scorer: size, learning, determinism, files."""

import numpy as np
import pytest
import torch

from semantic_bottleneck.data.bundled_images import load_images
from semantic_bottleneck.data.image_data import split
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.training.classifier import DigitClassifier, load_classifier, save_classifier, train_classifier


@pytest.fixture(scope="module")
def trained():
    train, held_out = split(load_images("digits"))
    return train_classifier(train, held_out, seed=0, epochs=4)


def test_size_and_shapes():
    network = DigitClassifier().eval()
    assert sum(parameter.numel() for parameter in network.parameters()) == 73_162
    for size in (8, 16):
        images = torch.zeros(3, 1, size, size)
        assert network(images).shape == (3, 10)
        assert network.features(images).shape == (3, 64)
        assert network.patch_features(images, 4).shape == (3, 16, 64)


def test_patch_features_follow_the_row_major_tokens():
    network = DigitClassifier().eval()
    images = torch.full((2, 1, 8, 8), -1.0)
    images[1, 0, 0:2, 6:8] = 1.0  # only the last patch of the first row
    change = (network.patch_features(images, 4)[1] - network.patch_features(images, 4)[0]).abs().sum(-1)
    grid = change.reshape(4, 4)  # the convolutions blur, but not across the picture
    assert grid[:2, 2:].sum() > 2 * grid[2:, :2].sum()


def test_held_out_accuracy(trained):
    assert trained[1] > 0.93


def test_training_is_deterministic_and_leaves_the_global_stream_alone():
    train, held_out = split(load_images("digits"))
    torch.manual_seed(0)
    before = torch.get_rng_state()
    first, _ = train_classifier(train.take(0, 200), held_out, seed=3, epochs=1)
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(99)
    second, _ = train_classifier(train.take(0, 200), held_out, seed=3, epochs=1)
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, second.state_dict()[name]), name


def test_saved_classifier_comes_back(trained, tmp_path):
    images = torch.from_numpy(load_images("digits").images[:7])
    save_classifier(trained[0], tmp_path / "classifier.pt")
    save_classifier(trained[0], tmp_path / "again.pt")
    loaded = load_classifier(tmp_path / "classifier.pt")
    with torch.no_grad():
        np.testing.assert_array_equal(loaded(images), trained[0](images))
    assert not loaded.training
    assert (tmp_path / "classifier.pt").read_bytes() == (tmp_path / "again.pt").read_bytes()


def test_unreadable_file_is_named(tmp_path):
    (tmp_path / "broken.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(UserError, match=r"broken\.pt"):
        load_classifier(tmp_path / "broken.pt")
    with pytest.raises(UserError, match=r"absent\.pt"):
        load_classifier(tmp_path / "absent.pt")
