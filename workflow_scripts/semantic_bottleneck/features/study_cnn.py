"""The study's own classifier as a feature extractor registered with torch-fidelity."""

from pathlib import Path

import numpy as np
from torch import Tensor
from torch_fidelity import FeatureExtractorBase, register_feature_extractor
from torch_fidelity.registry import FEATURE_EXTRACTORS_REGISTRY

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.features.channels import with_channels
from semantic_bottleneck.features.extraction import run_extractor
from semantic_bottleneck.training.classifier import load_classifier

NAME = "study-cnn"
LAYERS = ("features", "logits")


class StudyClassifier(FeatureExtractorBase):
    """uint8 (N, C, H, W) to `features` (N, 64), the penultimate layer, and `logits` (N, K) of the study's classifier.

    Pictures have the size that it was trained on; grey and RGB are converted to its channels.
    """

    def __init__(self, name: str, features_list: list[str], feature_extractor_weights_path: str, **kwargs):
        """Load the classifier; torch-fidelity hands every argument of its call on, those not named here are not needed."""
        super().__init__(name, features_list)
        self.network = load_classifier(feature_extractor_weights_path)

    @staticmethod
    def get_provided_features_list() -> tuple[str, ...]:
        """Names of the layers."""
        return LAYERS

    @staticmethod
    def get_default_feature_layer_for_metric(metric: str) -> str:
        """Inception score takes the logits, every other metric the features."""
        return "logits" if metric == "isc" else "features"

    @staticmethod
    def can_be_compiled() -> bool:
        """It is too small to gain from torch.compile."""
        return False

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """The layers asked for, in their order.

        Raises:
            UserError: the pictures have another size than the classifier knows.
        """
        channels, size = self.network.config["channels"], self.network.config["size"]
        if images.shape[2:] != (size, size):
            raise UserError(
                f"The study's classifier (study-cnn) knows pictures of {size} x {size} pixels and is shown {images.shape[3]} x "
                f"{images.shape[2]}; resize evaluation.reference's pictures, or judge with evaluation.extractor: inception."
            )
        scaled = with_channels(images, channels).float() / 127.5 - 1.0
        features = self.network.features(scaled)
        layers = {"features": features, "logits": self.network.output(features)}
        return tuple(layers[layer] for layer in self.features_list)


def register() -> None:
    """Make `study-cnn` known to torch-fidelity (once per process)."""
    if NAME not in FEATURE_EXTRACTORS_REGISTRY:
        register_feature_extractor(NAME, StudyClassifier)


def extract(images: np.ndarray, samples: np.ndarray, weights: str | Path, batch: int, device: str) -> dict[str, np.ndarray]:
    """`features` float32 (N, 64) and `logits` float32 (N, K); arguments as in `extraction.run_extractor`.

    Raises:
        UserError: see there; or the pictures have another size than those that the classifier was trained on.
    """
    register()
    features, logits = run_extractor(NAME, list(LAYERS), weights, images, samples, batch, device)
    return {"features": features, "logits": logits}
