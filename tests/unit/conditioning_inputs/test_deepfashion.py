"""The DeepFashion readers: what they return, and what they say when the data is not as it should be."""

import numpy as np
import pytest

from semantic_bottleneck.conditioning.deepfashion import Pair, PairImages, choose_source, read_keypoints, read_pairs
from semantic_bottleneck.errors import UserError
from tests.unit.conditioning_inputs.conftest import NAMES, PAIRS, png, write_pictures, write_pose


def test_pairs_have_the_target_first(deepfashion):
    assert read_pairs(deepfashion / "test_pairs.txt") == [Pair(pair[0], tuple(pair[1:])) for pair in PAIRS]


@pytest.mark.parametrize(
    "line",
    ["img/a.jpg", "img/a.jpg,img/b.png", "img/a.jpg img/b.jpg", "pose/a.txt,img/b.jpg", "img/a.jpg,", ",img/b.jpg"],
)
def test_malformed_line_is_named(tmp_path, line):
    path = tmp_path / "pairs.txt"
    path.write_text(f"{PAIRS[0][0]},{PAIRS[0][1]}\n\n{line}\n")
    with pytest.raises(UserError, match=r"pairs\.txt, line 3: expected target,source"):
        read_pairs(path)


def test_empty_and_absent_pairs_files(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        read_pairs(tmp_path / "pairs.txt")
    (tmp_path / "pairs.txt").write_text("\n")
    with pytest.raises(UserError, match="holds no pair"):
        read_pairs(tmp_path / "pairs.txt")


def test_the_choice_among_sources_depends_on_seed_and_line_only():
    pair = Pair("img/t.jpg", tuple(f"img/{i}.jpg" for i in range(5)))
    chosen = [choose_source(pair, 0, index) for index in range(40)]
    assert chosen == [choose_source(pair, 0, index) for index in range(40)]
    assert set(chosen) == set(pair.sources)
    assert chosen != [choose_source(pair, 1, index) for index in range(40)]
    assert choose_source(Pair("img/t.jpg", ("img/only.jpg",)), 7, 3) == "img/only.jpg"


def test_keypoints_come_from_the_pictures_own_file(deepfashion, keypoints):
    values, file = read_keypoints(deepfashion / "pose", NAMES[1])
    assert (values == keypoints[NAMES[1]]).all()
    assert file.endswith("pose/WOMEN/Tees/id_00000002/01_2_front.txt")


@pytest.mark.parametrize("text", ["1 2\n" * 17, "1 2 3\n" * 18, "x y\n" * 18, "nan 1\n" * 18, ""])
def test_malformed_pose_file_is_named(deepfashion, text):
    path = write_pose(deepfashion, NAMES[0], np.zeros((18, 2)))
    path.write_text(text)
    with pytest.raises(UserError, match=r"01_1_front\.txt is not a pose file"):
        read_keypoints(deepfashion / "pose", NAMES[0])


def test_absent_pose_file_is_named(deepfashion):
    with pytest.raises(UserError, match=r"other\.txt cannot be read"):
        read_keypoints(deepfashion / "pose", "img/WOMEN/other.jpg")


def test_pictures_are_found_under_the_png_name(deepfashion, pictures):
    with PairImages(deepfashion / "256-256") as store:
        assert (store.picture(NAMES[2]) == pictures[NAMES[2]]).all()


def test_missing_picture_and_missing_store(deepfashion, tmp_path):
    with PairImages(deepfashion / "256-256") as store, pytest.raises(UserError, match=r"no picture 'img/MEN/x\.png'"):
        store.picture("img/MEN/x.jpg")
    with pytest.raises(UserError, match="nowhere is not an LMDB"):
        PairImages(tmp_path / "nowhere")


def test_wrong_size_and_wrong_content(tmp_path):
    small = np.zeros((64, 32, 3), dtype=np.uint8)
    write_pictures(tmp_path / "store", {"img/small.png": png(small), "img/broken.png": b"no picture"})
    with PairImages(tmp_path / "store") as store:
        with pytest.raises(UserError, match="32 x 64; it must be 256 x 256"):
            store.picture("img/small.jpg")
        with pytest.raises(UserError, match=r"'img/broken\.png' .* is not a picture"):
            store.picture("img/broken.jpg")
