"""Fixed places in fixed batches."""

import numpy as np
import pytest

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.features.slots import SlottedImages


def pictures(samples):
    return np.asarray(samples, dtype=np.uint8)[:, None, None, None] + np.zeros((1, 2, 3, 1), dtype=np.uint8)


def test_a_sample_has_its_place_whatever_comes_with_it():
    samples = np.array([11, 4, 5, 13])
    data = SlottedImages(pictures(samples), samples, batch=4)
    assert len(data) == 12
    assert (data.place % 4).tolist() == (samples % 4).tolist()
    for sample, place in zip(samples, data.place, strict=True):
        assert data[place].shape == (1, 2, 3)
        assert (data[place] == sample).all()
    assert not data[6].any()


def test_bad_images_are_refused():
    with pytest.raises(UserError, match="uint8"):
        SlottedImages(pictures([0, 1]).astype(float), np.arange(2), 2)
    with pytest.raises(UserError, match="twice"):
        SlottedImages(pictures([0, 1]), np.zeros(2), 2)
