"""References, data cards and the encoder's pictures: one reader behind three fronts."""

import hashlib
import logging
import shutil

import lmdb
import numpy as np
import pytest
from PIL import Image
from torchvision.datasets import ImageFolder

from semantic_bottleneck.data.folders import read_folder
from semantic_bottleneck.data.labelled_pictures import FolderPictures
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.references.pictures import open_pictures
from semantic_bottleneck.study.data_card import DataCard, FolderSource
from semantic_bottleneck.study.data_cards import absent
from tests.unit.image_files.files import GREY, RGBA, claiming, png16, saved

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (9, 8, 8, 3), dtype=np.uint8)


@pytest.fixture
def root(tmp_path):
    """Three pictures in each of three classes."""
    for number, picture in enumerate(PIXELS):
        write(tmp_path / "data" / "abc"[number // 3] / f"{number % 3}.png", saved(Image.fromarray(picture)))
    return tmp_path / "data"


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def reference(root, block=4):
    with open_pictures(root) as (_, blocks):
        return np.concatenate(list(blocks(block)))


def encoder(root, size=8):
    found = FolderPictures(root)
    return np.stack([found.picture(number, size) for number in range(len(found.files))])


def data_card(root, channels=3):
    scaled = read_folder(root, 8, channels, None)[0]
    return np.rint((scaled + 1) * 127.5).astype(np.uint8).transpose(0, 2, 3, 1)


FRONTS = [reference, encoder, data_card]


def database(root, path):
    with lmdb.open(str(path), map_size=1 << 24) as environment, environment.begin(write=True) as transaction:
        transaction.put(b"length", b"9")
        for file in sorted(root.rglob("*.*")):
            transaction.put(file.relative_to(root).as_posix().encode(), file.read_bytes())
    return path


def test_all_see_the_same_pixels(root):
    for front in FRONTS:
        assert np.array_equal(front(root), PIXELS)


def test_leftovers_and_links_change_nothing(root, tmp_path):
    def look():
        encoded, card = FolderPictures(root), read_folder(root, 8, 3, None)
        arrays = [front(root).tolist() for front in FRONTS]
        return arrays, encoded.labels, encoded.class_names, encoded.identity, card[1].tolist(), card[2], card[3]

    clean = look()
    theirs = ImageFolder(root)
    assert clean[1] == clean[4] == theirs.targets
    assert clean[2] == list(clean[5]) == theirs.classes
    for place in (".ipynb_checkpoints/0-checkpoint.png", "a/.ipynb_checkpoints/0-checkpoint.png", "b/._0.png"):
        write(root / place, saved(Image.new("RGB", (3, 5))))
    for place in (".DS_Store", "c/.DS_Store", "Thumbs.db", "a/list.txt"):
        write(root / place, b"no picture")
    (root / "c/gone.png").symlink_to(tmp_path / "unplugged/0.png")
    (root / "again").symlink_to(root)
    assert look() == clean
    shutil.move(root / "b", tmp_path / "elsewhere")
    (root / "b").symlink_to(tmp_path / "elsewhere")
    assert look() == clean


@pytest.mark.parametrize("suffix", [".PNG", ".jpg", ".JPEG", ".webp", ".bmp", ".tif", ".TIFF"])
def test_all_know_the_same_suffixes(tmp_path, suffix):
    kind = {".jpg": "JPEG", ".tif": "TIFF"}.get(suffix, suffix[1:].upper())
    for number in range(2):
        write(tmp_path / f"a/{number}{suffix}", saved(Image.fromarray(PIXELS[number]), kind))
    assert [len(front(tmp_path)) for front in FRONTS] == [2, 2, 2]


def test_grey_of_sixteen_bits_transparency_and_orientation_look_alike_to_all(tmp_path):
    deep = np.arange(64, dtype=np.uint16).reshape(8, 8) * 1040
    turned = Image.Exif()
    turned[0x0112] = 3
    write(tmp_path / "a/0.png", png16(deep, GREY))
    write(tmp_path / "a/1.png", png16(np.stack([deep] * 3 + [np.zeros_like(deep)], -1), RGBA))
    write(tmp_path / "a/2.png", saved(Image.fromarray(PIXELS[0]), exif=turned))
    grey = np.repeat((deep >> 8).astype(np.uint8)[..., None], 3, axis=2)
    expected = np.stack([grey, np.full_like(grey, 255), PIXELS[0, ::-1, ::-1]])
    for front in FRONTS:
        assert np.array_equal(front(tmp_path), expected)
    assert np.array_equal(data_card(tmp_path, 1)[0, ..., 0], deep >> 8)


DAMAGE = {
    "a/0.png": b"",
    "a/1.png": saved(Image.fromarray(PIXELS[1]))[:150],
    "b/1.png": claiming(saved(Image.fromarray(PIXELS[4])), 20_000, 20_000),
    "c/2.png": b"<html>not found</html>",
}


@pytest.mark.parametrize("front", FRONTS)
def test_all_that_cannot_be_read_is_named_at_once(root, front):
    for name, content in DAMAGE.items():
        write(root / name, content)
    with pytest.raises(UserError) as caught:
        front(root)
    said = str(caught.value)
    assert said.startswith(f"{root}: 4 of 9 pictures cannot be used: a/0.png (it is empty), a/1.png (")
    assert all(name in said for name in DAMAGE)
    assert said.endswith("; replace or remove what cannot be read.")


def test_the_first_of_many_are_named_and_the_others_counted(tmp_path):
    for number in range(25):
        write(tmp_path / f"a/{number:02d}.png", b"")
    with pytest.raises(UserError, match=r"25 of 25 .*a/09\.png \(it is empty\) and 15 more; replace"):
        encoder(tmp_path)


def test_sizes_unlike_most_are_named_at_once_with_what_cannot_be_read(root):
    write(root / "a/0.png", saved(Image.fromarray(PIXELS[0, :5])))
    write(root / "c/1.png", saved(Image.fromarray(PIXELS[0, :, :7])))
    with pytest.raises(UserError) as caught:
        reference(root)
    assert str(caught.value) == (
        f"{root}: 2 of 9 pictures cannot be used: a/0.png (8 x 5 pixels where 7 are 8 x 8), c/1.png (7 x 8 pixels where 7 are "
        "8 x 8); crop and resize all pictures as the samples are."
    )
    write(root / "b/0.png", b"")
    with pytest.raises(
        UserError, match=r"3 of 9 .*a/0\.png \(8 x 5 .*b/0\.png \(it is empty\), c/1\.png .*; replace .* and crop"
    ):
        reference(root, block=1)


def test_a_file_that_goes_meanwhile_is_named(root):
    with open_pictures(root) as (_, blocks):
        (root / "b/1.png").unlink()
        with pytest.raises(UserError, match=r"1 of 9 pictures cannot be used: b/1\.png \(No such file or directory\)"):
            list(blocks(2))


def test_an_error_that_does_not_last_is_called_so(root, monkeypatch):
    found = FolderPictures(root)
    read, failures = type(root).read_bytes, iter([OSError(5, "Input/output error")])

    def flaky(path):
        for error in failures:
            raise error
        return read(path)

    monkeypatch.setattr(type(root), "read_bytes", flaky)
    with pytest.raises(UserError, match=r"a/1\.png \(Input/output error\); it can be read now, so try again"):
        found.picture(1, 8)


def test_a_database_is_read_like_a_folder(root, tmp_path):
    write(root / "c/notes.txt", b"BM is how bitmaps begin, and this is none")
    assert np.array_equal(reference(database(root, tmp_path / "good")), PIXELS)
    write(root / "a/1.png", saved(Image.fromarray(PIXELS[1]))[:150])
    write(root / "b/0.png", saved(Image.fromarray(PIXELS[1, :4])))
    with pytest.raises(UserError, match=r"bad: 2 of 9 pictures cannot be used: key a/1\.png \(.*\), key b/0\.png \(8 x 4 "):
        reference(database(root, tmp_path / "bad"))


def test_every_reader_says_what_it_read(root, tmp_path, caplog):
    write(root / "a/.0.png", b"")
    write(root / "b/list.txt", b"")
    in_folder = f"{root}: 9 pictures in 3 classes (a, b, c); passed over 2: 1 .txt, 1 hidden"
    np.savez(tmp_path / "real.npz", PIXELS)
    expected = {
        in_folder: [lambda: FolderPictures(root), lambda: read_folder(root, 8, 3, None)],
        in_folder.replace(" in 3 classes (a, b, c)", ""): [lambda: reference(root)],
        f"{tmp_path / 'real.npz'}: 9 pictures; nothing passed over": [lambda: reference(tmp_path / "real.npz")],
        f"{tmp_path / 'lmdb'}: 9 pictures; passed over 3: 3 value(s) that are no picture": [
            lambda: reference(database(root, tmp_path / "lmdb"))
        ],
    }
    for sentence, readers in expected.items():
        for reader in readers:
            caplog.clear()
            with caplog.at_level(logging.INFO):
                reader()
            assert [record.getMessage() for record in caplog.records if record.levelno == logging.INFO] == [sentence]


def parts(root):
    for part in ("train", "test"):
        for number, name in enumerate("abab"):
            write(root / part / name / f"{number}.png", saved(Image.fromarray(PIXELS[number])))
    return root


def test_train_and_test_need_the_same_classes(tmp_path):
    root = parts(tmp_path / "data")
    write(root / "val/a/0.png", b"")
    write(root / "train/.ipynb_checkpoints/0.png", b"")
    _, labels, names, official = read_folder(root, 8, 3, None)
    assert (labels.tolist(), names, official.tolist()) == ([0, 0, 1, 1] * 2, ("a", "b"), [False] * 4 + [True] * 4)
    assert read_folder(root, 8, 3, ["b", "a"])[1].tolist() == [0, 0, 1, 1] * 2
    assert read_folder(root, 8, 3, ["b"])[2] == ("b",)
    with pytest.raises(UserError, match=r"train holds no picture of class A; add"):
        read_folder(root, 8, 3, ["A", "b"])
    write(root / "test/c/0.png", saved(Image.fromarray(PIXELS[0])))
    with pytest.raises(UserError, match=r"train holds no picture of class c"):
        read_folder(root, 8, 3, None)
    shutil.rmtree(root / "test/c")
    shutil.rmtree(root / "test/b")
    with pytest.raises(UserError, match=r"test holds no picture of class b"):
        read_folder(root, 8, 3, None)
    shutil.rmtree(root / "test")
    with pytest.raises(UserError, match=r"train holds class folders, but its counterpart is missing"):
        read_folder(root, 8, 3, None)


def test_train_may_be_a_class(tmp_path):
    for name in ("train", "car"):
        write(tmp_path / name / "0.png", saved(Image.fromarray(PIXELS[0])))
    assert read_folder(tmp_path, 8, 3, None)[2] == ("car", "train")


def test_folders_that_the_card_does_not_name_are_said(root, caplog):
    with caplog.at_level(logging.INFO):
        labels, names = read_folder(root, 8, 3, ["c", "a"])[1:3]
    assert (labels.tolist(), names) == ([0, 0, 0, 1, 1, 1], ("c", "a"))
    assert "1 folder(s) that `classes` does not name (b)" in caplog.text


def test_data_is_absent_where_only_leftovers_are(tmp_path):
    source = FolderSource("folder", "data", "put pictures there", None)
    card = DataCard("own", "Own", source, 8, "padded", 3, None)
    write(tmp_path / "data/.DS_Store", b"")
    assert absent(card, tmp_path, download=True) == "data absent: put pictures there"
    write(tmp_path / "data/a/0.png", b"")
    assert absent(card, tmp_path, download=True) is None


def test_no_picture_is_opened_before_it_is_asked_for_and_names_decide_the_identity(root):
    for file in root.rglob("*.png"):
        file.write_bytes(b"")
    found = FolderPictures(root)
    assert len(found.files) == 9
    # As it was before pictures had one reader: manifests of encoded latents hold it.
    names = "\n".join(f"{name}/{number}.png" for name in "abc" for number in range(3))
    assert found.identity == hashlib.sha256(names.encode()).hexdigest()
