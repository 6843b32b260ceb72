"""The images that a replicate learns from and those that it is tested on."""

from dataclasses import dataclass

import numpy as np

from semantic_bottleneck.data.images import LabelledImages


@dataclass(frozen=True)
class Split:
    """Training and test images (N, C, S, S) float32 in [-1, 1] and their labels (N,) int64."""

    train: np.ndarray
    train_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray


def split_of(data: LabelledImages, held: np.ndarray) -> Split:
    """The arrays of a replicate; `held` bool (N,) is True for the test images."""
    return Split(data.images[~held], data.labels[~held], data.images[held], data.labels[held])
