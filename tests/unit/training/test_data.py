"""The bundled data sets: shapes, ranges, order."""

import numpy as np
import pytest

from semantic_bottleneck.data.bundled_images import DIGIT_NAMES, load_images
from semantic_bottleneck.data.image_data import split
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.bundled import BUNDLED, bundled, numbered
from semantic_bottleneck.study.data_cards import load_data_card
from tests.workflow.project import ROOT


@pytest.mark.parametrize(("name", "count", "size"), [("digits", 1797, 8), ("mnist16", 5000, 16)])
def test_images_have_the_documented_shape_and_range(name, count, size):
    data = load_images(name)
    assert data.images.shape == (count, 1, size, size)
    assert data.images.dtype == np.float32
    assert data.labels.dtype == np.int64
    assert data.images.min() == -1.0
    assert data.images.max() == pytest.approx(1.0, abs=0.02)
    assert len(np.unique(data.labels)) == len(data.class_names) == 10
    assert data.class_names == DIGIT_NAMES
    # What cards are checked against without loading it.
    assert BUNDLED[name] == {"in_channels": 1, "input_size": size, "num_classes": 10}
    card = load_data_card(ROOT / f"config/data/{name}.yaml")
    assert (card.channels, card.size) == (1, size)


def test_rows_are_shuffled_alike_every_time():
    first, second = load_images("digits"), load_images("digits")
    np.testing.assert_array_equal(first.images, second.images)
    assert (np.diff(first.labels[:50]) != 0).mean() > 0.6


def test_split_keeps_every_row_once():
    data = load_images("digits")
    train, held_out = split(data, 0.15)
    assert (len(train), len(held_out)) == (1527, 270)
    np.testing.assert_array_equal(np.concatenate([train.labels, held_out.labels]), data.labels)
    assert set(held_out.labels) == set(range(10))


def test_glyphs_hold_out_faces_and_say_how_many_classes_they_have():
    data = load_images("glyphs-5")
    train, held_out = split(data)
    assert data.images.shape == (5 * 16 * 16, 1, 12, 12)
    assert bundled("glyphs-5") == {"in_channels": 1, "input_size": 12, "num_classes": 5}
    assert (len(train), len(held_out)) == (5 * 13 * 16, 5 * 3 * 16)
    assert (np.bincount(held_out.labels) == 3 * 16).all()
    assert data.captions[0] == "a picture of the character exclamation mark"
    card = load_data_card(ROOT / "config/data/glyphs.yaml")
    assert bundled(card.source.name)["input_size"] == card.size


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("glyphs-259", ("glyphs", 259)),
        ("kanji-2963", ("kanji", 2963)),
        *((name, None) for name in ("glyphs-260", "glyphs-1", "kanji-2964", "kanji-05", "kanji", "digits", "runes-5")),
    ],
)
def test_a_name_tells_the_number_of_classes_where_so_many_can_be_drawn(name, found):
    assert numbered(name) == found


def test_unknown_data_set_is_named():
    with pytest.raises(UserError, match=r"'cifar'.*digits"):
        load_images("cifar")
