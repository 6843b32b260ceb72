"""One letter in many attitudes: what a label counts is what the picture shows."""

import numpy as np
import pytest

from semantic_bottleneck.data.bundled_images import load_images
from semantic_bottleneck.data.glyph_grid import ANGLES, SIZES, STROKES
from semantic_bottleneck.study.bundled import bundled


@pytest.fixture(scope="module")
def data():
    return load_images("glyph-grid")


def test_every_point_has_as_many_pictures_and_some_faces_are_held_out(data):
    points = ANGLES * SIZES * STROKES
    assert bundled("glyph-grid") == {"in_channels": 1, "input_size": data.images.shape[2], "num_classes": points}
    assert (np.bincount(data.labels) == 8 * 16).all()
    assert (np.bincount(data.labels[data.held_out]) == 2 * 16).all()
    assert len(set(data.class_names)) == points
    assert -1.0 <= data.images.min() < data.images.max() <= 1.0


def test_more_size_and_more_stroke_are_more_ink_and_opposite_turns_differ(data):
    ink = (data.images + 1).mean(axis=(1, 2, 3))
    turn, size, stroke = np.unravel_index(data.labels, (ANGLES, SIZES, STROKES))
    assert (np.diff([ink[size == step].mean() for step in range(SIZES)]) > 0.02).all()
    assert (np.diff([ink[stroke == step].mean() for step in range(STROKES)]) > 0.02).all()
    upright = (size == 2) & (stroke == 1)
    left, middle, right = (data.images[upright & (turn == step)].mean(axis=0) for step in (0, 3, 6))
    assert min(np.abs(left - middle).mean(), np.abs(left - right).mean()) > 0.1
