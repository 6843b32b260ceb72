"""The extractors, the study's classifier and Inception, and what torch-fidelity itself makes of both."""

import numpy as np
import pytest
import torch
from torch_fidelity import FeatureExtractorBase, calculate_metrics, register_feature_extractor

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.features import inception, study_cnn
from semantic_bottleneck.features.registry import find_extractor
from semantic_bottleneck.features.slots import SlottedImages
from semantic_bottleneck.scores.frechet import frechet_distance_of_moments, prepare_reference
from semantic_bottleneck.scores.inception_score import shuffled_splits
from semantic_bottleneck.scores.moments import moments
from semantic_bottleneck.training.classifier import DigitClassifier, load_classifier, save_classifier
from tests.parity.instruments import inception_score_each, probabilities_of


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("evaluators") / "classifier.pt"
    save_classifier(DigitClassifier(1, 10), path)
    return path


class RegisteredClassifier(FeatureExtractorBase):
    """The study's classifier as torch-fidelity takes extractors."""

    def __init__(self, name, features_list, feature_extractor_weights_path, **kwargs):
        super().__init__(name, features_list)
        self.network = load_classifier(feature_extractor_weights_path)

    @staticmethod
    def get_provided_features_list():
        return study_cnn.LAYERS

    @staticmethod
    def get_default_feature_layer_for_metric(metric):
        return "logits" if metric == "isc" else "features"

    @staticmethod
    def can_be_compiled():
        return False

    def forward(self, images):
        layers = dict(zip(study_cnn.LAYERS, study_cnn.look(self.network, images), strict=True))
        return tuple(layers[layer] for layer in self.features_list)


def pictures(seed, n):
    return np.random.default_rng(seed).integers(0, 256, (n, 8, 8, 1), dtype=np.uint8)


def test_the_classifier_sees_minus_one_to_one(weights):
    images = pictures(0, 6)
    images[0], images[1] = 0, 255
    found = find_extractor("study-cnn")(images, np.arange(6), weights, batch=4, device="cpu")
    network = load_classifier(weights)
    scaled = torch.from_numpy(images[..., 0]).float()[:, None] / 127.5 - 1.0
    assert scaled.min() == -1.0
    assert scaled.max() == 1.0
    np.testing.assert_allclose(found["logits"], network(scaled).numpy(), atol=1e-5)
    np.testing.assert_allclose(found["features"], network.features(scaled).numpy(), atol=1e-5)
    assert found["features"].shape == (6, 64)
    assert found["features"].dtype == np.float32


def test_one_shard_or_three_give_the_same_bits(weights):
    images, samples = pictures(1, 50), np.arange(50)
    whole = study_cnn.extract(images, samples, weights, 16, "cpu")
    pieces = [
        study_cnn.extract(images[part], samples[part], weights, 16, "cpu")
        for part in (slice(0, 7), slice(7, 33), slice(33, 50))
    ]
    for name in ("features", "logits"):
        assert np.array_equal(whole[name], np.concatenate([piece[name] for piece in pieces]))


def test_torch_fidelity_itself_finds_the_same_scores(weights):
    register_feature_extractor("study-cnn", RegisteredClassifier)
    images, real = pictures(2, 120), pictures(3, 140) // 2
    found, reference = (study_cnn.extract(x, np.arange(len(x)), weights, 20, "cpu") for x in (images, real))
    theirs = calculate_metrics(
        input1=SlottedImages(images, np.arange(120), 20),
        input2=SlottedImages(real, np.arange(140), 20),
        fid=True,
        isc=True,
        feature_extractor="study-cnn",
        feature_extractor_weights_path=str(weights),
        batch_size=20,
        cuda=False,
        cache=False,
        save_cpu_ram=True,
        verbose=False,
    )
    sums = moments(reference["features"])
    fid = frechet_distance_of_moments(moments(found["features"]), prepare_reference(sums.mean(), sums.covariance()))
    score = inception_score_each(probabilities_of(found["logits"]), shuffled_splits(120, 10)).mean()
    assert fid == pytest.approx(theirs["frechet_inception_distance"], rel=1e-4)
    assert score == pytest.approx(theirs["inception_score_mean"], rel=1e-9)


def test_broken_weights_and_unknown_names_are_named(tmp_path):
    broken = tmp_path / "classifier.pt"
    broken.write_bytes(b"nothing")
    with pytest.raises(UserError, match=r"classifier\.pt"):
        study_cnn.extract(pictures(0, 2), np.arange(2), broken, 2, "cpu")
    with pytest.raises(UserError, match="inception, study-cnn"):
        find_extractor("resnet")


def test_inception_gives_its_layers_and_the_spatial_one(tmp_path, monkeypatch):
    """Random weights: only names, shapes and the order height, width, channel can be checked without the published ones."""
    torch.manual_seed(0)
    monkeypatch.setattr(inception.SpatialInception, "load_state_dict", lambda self, state: None)
    torch.save({}, tmp_path / "inception.pth")
    found = inception.extract(pictures(4, 1), np.array([1]), tmp_path / "inception.pth", 1, "cpu")
    assert {name: values.shape for name, values in found.items()} == {
        "features": (1, 2048),
        "logits": (1, 1008),
        "spatial": (1, 2023),
    }
    extractor = inception.SpatialInception(
        "x", ["2048", "spatial"], feature_extractor_weights_path=str(tmp_path / "inception.pth")
    )
    extractor._keep(extractor, (), torch.arange(2 * 8 * 3 * 3).reshape(2, 8, 3, 3))
    assert extractor.spatial[1, :8].tolist() == [72, 81, 90, 99, 108, 117, 126, 73]
