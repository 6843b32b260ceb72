"""Kanji: which there are, that ink decides, that families are held out, and what is said where fonts are not installed."""

from pathlib import Path

import matplotlib
import numpy as np
import pytest

from semantic_bottleneck.data import kanji as module
from semantic_bottleneck.data.bundled_images import load_images
from semantic_bottleneck.data.glyphs import FACES as LATIN
from semantic_bottleneck.data.image_data import split
from semantic_bottleneck.data.kanji import COPIES, kanji, level_one
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study import kanji_fonts
from semantic_bottleneck.study.bundled import NUMBERED, bundled
from semantic_bottleneck.study.data_cards import absent, load_data_card
from semantic_bottleneck.study.kanji_fonts import FONTS, HELD_OUT, fonts_missing, installed_fonts
from tests.workflow.project import ROOT

CARD = load_data_card(ROOT / "config/data/kanji.yaml")
FACES = sum(len(files) for files in FONTS.values())
APART = sum(len(FONTS[package]) for package in HELD_OUT)


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """A folder that is looked at in place of those of the machine."""
    monkeypatch.setattr(kanji_fonts, "font_folders", lambda: [tmp_path])
    return tmp_path


@pytest.fixture
def latin(folder):
    """In every face's place one of Latin letters, which draws a box for what it lacks."""
    files = (file for files in FONTS.values() for file in files)
    for file, face in zip(files, LATIN, strict=False):
        (folder / file).symlink_to(Path(matplotlib.get_data_path()) / f"fonts/ttf/{face}.ttf")


def test_level_one_is_the_standards():
    characters = level_one()
    assert len(characters) == len(set(characters)) == 2965
    assert (characters[0], characters[-1]) == ("亜", "腕")


def test_without_fonts_one_sentence_says_what_to_install(folder):
    with pytest.raises(
        UserError, match=r"kanji-1000 .*not installed: apt install fonts-dotgothic16 .*fonts-yusei-magic, or put"
    ):
        load_images(CARD.source.name)
    said = absent(CARD, ROOT, download=True)
    assert said is not None
    assert all(package in said for package in FONTS)


def test_only_what_lacks_is_named(latin, folder):
    assert fonts_missing() is None
    assert absent(CARD, ROOT, download=False) is None
    (folder / "kiloji_b.ttf").unlink()
    assert str(fonts_missing()).startswith("apt install fonts-kiloji, or put")


def test_a_box_for_a_lacking_character_is_no_ink(latin):
    with pytest.raises(UserError, match="draw 0 kanji in all faces"):
        kanji(5)


def test_every_class_has_every_face_and_families_are_held_out(latin, monkeypatch):
    monkeypatch.setattr(module, "level_one", lambda: tuple("A亜BCD"))
    data = kanji(3)
    train, held_out = split(data)
    assert data.class_names == ("A", "B", "C")
    assert data.images.shape == (3 * FACES * COPIES, 1, 24, 24)
    assert (data.images.dtype, data.labels.dtype) == (np.float32, np.int64)
    assert -1 <= data.images.min() < data.images.max() <= 1
    assert (data.images.max(axis=(1, 2, 3)) > 0).all()
    assert (np.bincount(train.labels) == (FACES - APART) * COPIES).all()
    assert (np.bincount(held_out.labels) == APART * COPIES).all()
    assert data.captions[1] == "a picture of the kanji B"
    assert np.array_equal(data.images, kanji(3).images)


def test_a_row_is_a_drawing_of_its_class(latin, monkeypatch):
    monkeypatch.setattr(module, "level_one", lambda: tuple("I-"))
    data = kanji(2)
    ink = (data.images[:, 0] + 1) / 2
    tall = ink.sum(2).astype(bool).sum(1) > ink.sum(1).astype(bool).sum(1)
    assert np.array_equal(tall, data.labels == 0)


def test_the_card_says_what_cards_of_models_must_know():
    assert bundled(CARD.source.name) == {"in_channels": 1, "input_size": CARD.size, "num_classes": 1000}


@pytest.mark.skipif(fonts_missing() is not None, reason=f"no fonts: {fonts_missing()}")
def test_the_installed_fonts_draw_all_that_is_said():
    assert NUMBERED["kanji"][0] == len(module._drawn(len(level_one()), list(installed_fonts().values()))[0])
    data = load_images("kanji-40")
    assert data.images.shape == (40 * FACES * COPIES, 1, 24, 24)
    middle = [data.images[data.labels == label].mean(axis=0).ravel() for label in range(40)]
    alike = np.corrcoef(middle)[~np.eye(40, dtype=bool)]
    assert alike.max() < 0.98  # all faces draw the same character, and each class another
