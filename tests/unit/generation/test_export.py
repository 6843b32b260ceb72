"""Exported samples are the pictures that are judged, in sample order, and come back as samples of nobody's model."""

import numpy as np
import pytest
from PIL import Image

from export_npz import export_npz
from export_pngs import export_pngs
from semantic_bottleneck.decoding.quantise import QUANTISERS
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import parquet
from semantic_bottleneck.references.given import labels_of
from semantic_bottleneck.references.pictures import open_pictures
from semantic_bottleneck.uncertainty.groups import balanced_samples

CARD = {"name": "m", "decoder": {"name": "identity", "vocoder": None, "quantise": "floor"}}
GIVEN = {"labels": "file", "classes": 4}


@pytest.fixture(params=[1, 3], ids=["grey", "colour"])
def shards(request, tmp_path):
    """Two shards of seven samples, and the pictures (14, 5, 6, 3) that they should become."""
    rng = np.random.default_rng(0)
    latents = rng.uniform(-1.2, 1.2, (14, request.param, 5, 6)).astype(np.float32)
    paths = [str(tmp_path / f"00{shard}.parquet") for shard in range(2)]
    for shard, path in enumerate(paths):
        samples = np.arange(7 * shard, 7 * shard + 7)
        parquet.write(path, {"sample": samples, "label": samples % 4, "latent": latents[samples]})
    pictures = QUANTISERS["floor"](latents).transpose(0, 2, 3, 1)
    return paths, np.repeat(pictures, 3, axis=-1) if request.param == 1 else pictures


def test_the_file_holds_every_picture_and_label(shards, tmp_path):
    paths, pictures = shards
    export_npz(CARD, paths, None, 3, tmp_path / "s.npz", "cpu")
    with np.load(tmp_path / "s.npz") as found:
        assert found.files == ["arr_0", "arr_1"]
        assert found["arr_0"].dtype == np.uint8
        np.testing.assert_array_equal(found["arr_0"], pictures)
        np.testing.assert_array_equal(found["arr_1"], np.arange(14) % 4)
    with open_pictures(tmp_path / "s.npz") as (count, blocks):
        assert count == 14
        np.testing.assert_array_equal(np.concatenate(list(blocks(4))), pictures)
    np.testing.assert_array_equal(labels_of(tmp_path / "s.npz", GIVEN, "theirs"), np.arange(14) % 4)


def test_the_folder_holds_the_same_pictures(shards, tmp_path):
    paths, pictures = shards
    export_pngs(CARD, paths, None, 3, tmp_path / "folder", "cpu")
    names = sorted(path.name for path in (tmp_path / "folder").iterdir())
    assert names == [f"{sample:06d}.png" for sample in range(14)]
    found = [np.asarray(Image.open(tmp_path / "folder" / name)) for name in names]
    np.testing.assert_array_equal(found, pictures)


def test_classes_are_dealt_out_in_turn_whatever_the_order_of_the_file():
    np.testing.assert_array_equal(balanced_samples(np.arange(12) % 4, 4), np.arange(12))
    by_class = balanced_samples(np.repeat(np.arange(4), 3), 4)
    assert sorted(by_class) == list(range(12))
    np.testing.assert_array_equal(by_class % 4, np.repeat(np.arange(4), 3))
    uneven = balanced_samples(np.array([2, 2, 0, 2]), 4)
    np.testing.assert_array_equal(uneven, [2, 6, 0, 10])


def test_what_is_no_set_of_samples_is_named(tmp_path):
    with pytest.raises(UserError, match=r"given.theirs.path: .*absent.npz does not exist"):
        labels_of(tmp_path / "absent.npz", GIVEN, "theirs")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UserError, match="a folder has no labels"):
        labels_of(tmp_path / "folder", GIVEN, "theirs")
    assert labels_of(tmp_path / "folder", GIVEN | {"labels": "balanced"}, "theirs") is None
    np.savez(tmp_path / "bare.npz", arr_0=np.zeros((2, 4, 4, 3), np.uint8))
    with pytest.raises(UserError, match="has no labels"):
        labels_of(tmp_path / "bare.npz", GIVEN, "theirs")
    np.savez(tmp_path / "wrong.npz", arr_0=np.zeros((2, 4, 4, 3), np.uint8), arr_1=np.array([0, 4]))
    with pytest.raises(UserError, match="whole numbers from 0 to 3"):
        labels_of(tmp_path / "wrong.npz", GIVEN, "theirs")
