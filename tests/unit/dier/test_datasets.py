"""Data cards: every source read, held out and refused as it should be."""

import gzip
import hashlib
import io
import tarfile
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fetch_dataset import fetch_dataset
from semantic_bottleneck.data.images import LabelledImages, load_dataset
from semantic_bottleneck.data.splits import held_out
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.data_card import ArchiveSource, DataCard, FolderSource, PackageSource, PublishedFile
from semantic_bottleneck.study.data_cards import absent, load_data_card, source_files
from tests.unit.checkpoints.server import FileServer, Served

ROOT = Path(__file__).resolve().parents[3]
IDX = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")


def card_of(source, size=8, channels=1):
    return DataCard("set", "Set", source, size, "padded", channels, None)


def archives(kind, root, names, **sizes):
    files = tuple(PublishedFile(name, None, (), False, False, None, None) for name in names)
    return card_of(ArchiveSource(kind, str(root), files, ("a", "b")), **sizes)


def folder(root, channels=1):
    return card_of(FolderSource("folder", root, "put it there", None), channels=channels)


def plain(file, root):
    """A card of one file, as the rule gives it to its script."""
    return asdict(card_of(ArchiveSource("idx", str(root), (file,), ("a", "b"))))


def idx(array):
    header = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    return gzip.compress(header + array.astype(np.uint8).tobytes())


@pytest.fixture
def mnist(tmp_path):
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (6, 6, 6)), np.array([0, 1, 0, 1, 1, 0])
    for name, part in zip(IDX, (images[:4], labels[:4], images[4:], labels[4:]), strict=True):
        (tmp_path / name).write_bytes(idx(part))
    return archives("idx", tmp_path, IDX), images, labels


@pytest.mark.parametrize("path", sorted((ROOT / "config/data").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_card_is_valid(path):
    card = load_data_card(path)
    assert card.licence
    assert len(source_files(card, ROOT)) == len(card.published) + isinstance(card.source, FolderSource)


def test_a_key_of_another_kind_of_source_is_named(tmp_path):
    card = (ROOT / "config/data/digits.yaml").read_text().replace("name: digits}", "name: digits, root: data}")
    (tmp_path / "digits.yaml").write_text(card)
    with pytest.raises(UserError, match=r"digits\.yaml: the key 'source\.root' is not for this kind; take it out\."):
        load_data_card(tmp_path / "digits.yaml")


def test_idx_files_are_padded_scaled_and_split_officially(mnist, tmp_path):
    card, images, labels = mnist
    data = load_dataset(card, source_files(card, tmp_path))
    assert data.shape == (1, 8, 8)
    np.testing.assert_array_equal(data.images[:, 0, 1:-1, 1:-1], images.astype(np.float32) / 127.5 - 1)
    assert (data.images[:, :, 0] == -1).all()
    np.testing.assert_array_equal(data.labels, labels)
    for replicate in (0, 7):  # every replicate tests on the publisher's images
        np.testing.assert_array_equal(held_out(data, replicate, 5), [False] * 4 + [True] * 2)


def test_the_same_digits_are_small_on_black_or_fill_the_canvas():
    small, filling = (
        load_dataset(load_data_card(ROOT / f"config/data/mnist8-{name}.yaml"), []) for name in ("small", "filling")
    )
    middle = small.images[:, :, 4:12, 4:12]
    np.testing.assert_array_equal(filling.images[:, :, ::2, ::2], middle)
    np.testing.assert_array_equal(filling.images, np.kron(middle, np.ones((1, 1, 2, 2), dtype=np.float32)))
    assert (small.images + 1).sum() == pytest.approx((middle + 1).sum())
    np.testing.assert_array_equal(small.labels, filling.labels)


def test_pictures_that_cannot_be_placed_are_named(mnist, tmp_path):
    card, *_ = mnist
    with pytest.raises(UserError, match="Images of 6 pixels do not fit into size: 4"):
        load_dataset(replace(card, size=4), source_files(card, tmp_path))
    with pytest.raises(UserError, match="Images of 6 pixels cannot be enlarged to size: 8"):
        load_dataset(replace(card, fit="enlarged"), source_files(card, tmp_path))
    assert load_dataset(replace(card, size=12, fit="enlarged"), source_files(card, tmp_path)).shape == (1, 12, 12)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"no gzip", "absent or damaged"),
        (gzip.compress(b"\x00\x00\x0d\x01abc"), "is no IDX file"),
        (gzip.compress(b"\x00\x00\x08\x01\x00\x00\x00\x09ab"), "is truncated"),
        (idx(np.zeros(3)), "3 labels for 4 images"),
    ],
    ids=["no gzip", "no IDX", "cut off", "too few"],  # gzip writes the time; workers compare names
)
def test_damaged_idx_files_are_refused_in_one_sentence(mnist, tmp_path, content, sentence):
    card, *_ = mnist
    (tmp_path / IDX[1]).write_bytes(content)
    with pytest.raises(UserError, match=sentence):
        load_dataset(card, source_files(card, tmp_path))


def archive(folder, records):
    path = folder / "cifar.tar.gz"
    with tarfile.open(path, "w:gz") as file:
        for name, record in records.items():
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(record)
            file.addfile(member, io.BytesIO(record))
    return path


def test_cifars_binary_archive(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (6, 3, 32, 32)).astype(np.uint8)
    names = [f"data_batch_{number}.bin" for number in range(1, 6)] + ["test_batch.bin"]
    records = {name: bytes([index % 2]) + pixels[index].tobytes() for index, name in enumerate(names)}
    card = archives("cifar-binary", tmp_path, ["cifar.tar.gz"], size=32, channels=3)
    archive(tmp_path, records)
    data = load_dataset(card, source_files(card, tmp_path))
    np.testing.assert_array_equal(data.images, pixels.astype(np.float32) / 127.5 - 1)
    assert data.official.tolist() == [False] * 5 + [True]
    archive(tmp_path, {"data_batch_1.bin": b"x"})
    with pytest.raises(UserError, match="not CIFAR-10's binary version"):
        load_dataset(card, source_files(card, tmp_path))


def pictures(root, count, offset=0):
    for index in range(count):
        for name in ("a", "b"):
            (root / name).mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (20, 12 + index), (10 * index + offset,) * 3).save(root / name / f"{index}.png")


def test_folders_with_and_without_a_test_part(tmp_path):
    pictures(tmp_path / "flat", 3)
    flat = folder("flat")
    data = load_dataset(flat, [str(tmp_path / "flat")])
    assert data.official is None
    assert data.class_names == ("a", "b")
    assert data.images.shape == (6, 1, 8, 8)
    assert data.images[0].max() == pytest.approx(-1)
    for part in ("train", "test"):
        pictures(tmp_path / "split" / part, 2)
    data = load_dataset(folder("split", channels=3), [str(tmp_path / "split")])
    assert data.official.tolist() == [False] * 4 + [True] * 4
    assert data.labels.tolist() == [0, 0, 1, 1] * 2
    (tmp_path / "flat/a/9.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match=r"1 of 7 pictures cannot be used: a/9\.png \(no PNG"):
        load_dataset(flat, [str(tmp_path / "flat")])


def test_folds_are_stratified_disjoint_and_complete():
    labels = np.repeat(np.arange(3), [50, 31, 20])
    data = LabelledImages(np.zeros((101, 1, 2, 2), dtype=np.float32), labels, ("a", "b", "c"))
    masks = [held_out(data, replicate, 5) for replicate in range(5)]
    assert (np.sum(masks, axis=0) == 1).all()
    for mask in masks:
        assert [int((mask & (labels == label)).sum()) for label in range(3)] in ([10, 6, 4], [10, 7, 4])
    with pytest.raises(UserError, match="replicate 5 has no fold"):
        held_out(data, 5, 5)


def test_absent_data_says_what_to_do(mnist, tmp_path):
    card, *_ = mnist
    assert absent(card, tmp_path, download=False) is None
    (tmp_path / IDX[2]).unlink()
    assert absent(card, tmp_path, download=False) == (
        f"data absent: put {IDX[2]} into {tmp_path}/, or set dier.download: true where there is a network"
    )
    assert absent(card, tmp_path, download=True) is None
    assert absent(folder("nowhere"), tmp_path, download=True) == "data absent: put it there"
    assert absent(card_of(PackageSource("package", "digits")), tmp_path, False) is None

    content = idx(np.arange(9))
    with FileServer({"labels.gz": Served(content)}) as server:
        file = PublishedFile("labels.gz", server.url("labels.gz"), (), False, False, None, hashlib.sha256(content).hexdigest())
        fetch_dataset(plain(file, tmp_path), "labels.gz", tmp_path / "out/labels.gz")
        assert (tmp_path / "out/labels.gz").read_bytes() == content
        with pytest.raises(UserError, match="has sha256"):
            fetch_dataset(plain(replace(file, sha256="0" * 64), tmp_path), "labels.gz", tmp_path / "other/labels.gz")
    with pytest.raises(UserError, match=r"set: labels\.gz has no address"):
        fetch_dataset(plain(replace(file, url=None), tmp_path), "labels.gz", tmp_path / "out/labels.gz")
