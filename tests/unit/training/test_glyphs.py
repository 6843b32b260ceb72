"""Glyph pictures: enough distinct classes, every face once per copy, and nothing random but the seed."""

import numpy as np
import pytest

from semantic_bottleneck.data.glyphs import FACES, LIKENESS, _likeness, _reduce, characters, drawings, glyphs


@pytest.fixture(scope="module")
def pictures():
    return glyphs(12, 20, 2, seed=3)


def test_there_are_enough_classes_and_none_looks_like_another():
    names = characters()
    assert len(names) >= 259
    assert set("AB7&") < set(names)
    assert "É" not in names
    drawn = _reduce(np.stack([drawings(name) for name in names]).astype(np.float32), 12)
    alike = _likeness(drawn)
    assert alike[~np.eye(len(names), dtype=bool)].max() < LIKENESS


def test_every_class_has_every_face_in_every_copy(pictures):
    assert pictures.images.shape == (20 * len(FACES) * 2, 1, 12, 12)
    assert (pictures.images.dtype, pictures.labels.dtype) == (np.float32, np.int64)
    assert (np.bincount(pictures.labels) == 2 * len(FACES)).all()
    assert len(set(pictures.class_names)) == 20


def test_pictures_use_the_whole_range_and_have_ink_inside(pictures):
    assert -1 <= pictures.images.min() < -0.99
    assert 0.9 < pictures.images.max() <= 1
    assert (pictures.images.max(axis=(1, 2, 3)) > -0.5).all()


def test_the_seed_decides_everything(pictures):
    again, other = glyphs(12, 20, 2, seed=3), glyphs(12, 20, 2, seed=4)
    assert np.array_equal(pictures.images, again.images)
    assert not np.array_equal(pictures.images, other.images)
