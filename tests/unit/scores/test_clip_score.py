"""CLIP score: conventions and what they do with unrelated pairs."""

import numpy as np
import pytest

from semantic_bottleneck.scores.clip_score import cosines
from tests.parity.instruments import (
    class_texts,
    score_clamped_each,
    score_hessel,
    score_mean,
    score_standard_error,
    score_torchmetrics,
    zero_shot_accuracy,
)


def test_cosine_ignores_lengths():
    images = np.array([[3.0, 0.0], [0.0, 2.0], [-1.0, 0.0]])
    texts = np.array([[5.0, 0.0], [1.0, 1.0], [1.0, 0.0]])
    np.testing.assert_allclose(cosines(images, texts), [1.0, np.sqrt(0.5), -1.0])


def test_conventions_differ_only_with_negative_cosines():
    good, mixed = np.array([0.3, 0.25, 0.2]), np.array([0.3, -0.4])
    assert score_mean(good) == score_torchmetrics(good) == pytest.approx(score_clamped_each(good)) == pytest.approx(25.0)
    assert score_hessel(good) == pytest.approx(0.625)
    assert (score_mean(mixed), score_torchmetrics(mixed), score_clamped_each(mixed)) == pytest.approx((-5.0, 0.0, 15.0))
    assert score_standard_error(good) == pytest.approx(5.0 / np.sqrt(3))


def test_templates_are_averaged_as_unit_vectors():
    templates = np.array([[[10.0, 0.0], [0.0, 1.0]]])
    np.testing.assert_allclose(class_texts(templates), [[np.sqrt(0.5), np.sqrt(0.5)]])


def test_zero_shot_accuracy():
    assert zero_shot_accuracy(np.eye(3), 2.0 * np.eye(3), np.array([0, 1, 0])) == pytest.approx(2 / 3)
