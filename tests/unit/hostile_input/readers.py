"""Every reader of a file that a user brings: an intact file, and what reads it. Checkpoints have tests/unit/checkpoints."""

import gzip
import io
import json
import tarfile
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from semantic_bottleneck.checkpoints.lock import remembered
from semantic_bottleneck.checkpoints.shards import parse_index
from semantic_bottleneck.conditioning.cavp import read_clip
from semantic_bottleneck.conditioning.deepfashion import read_keypoints, read_pairs
from semantic_bottleneck.conditioning.prompts import read_prompts
from semantic_bottleneck.data.archives import CIFAR_RECORD, read_cifar, read_idx
from semantic_bottleneck.data.labelled_pictures import ArrayPictures
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import parquet
from semantic_bottleneck.files.conditions_file import StoredVectors
from semantic_bottleneck.files.hashing import file_sha256
from semantic_bottleneck.image_files.decoding import UnreadableError, pixels
from semantic_bottleneck.references.pictures import open_pictures
from semantic_bottleneck.references.published import open_reference, read_statistics
from semantic_bottleneck.references.statistics import load_statistics
from semantic_bottleneck.study.cards import load_card
from semantic_bottleneck.study.checkpoint import file_at
from semantic_bottleneck.study.conditioning import Prompts
from semantic_bottleneck.study.data_cards import load_data_card
from semantic_bottleneck.study.validation import load_yaml
from semantic_bottleneck.training.latents import LatentSource
from semantic_bottleneck.vector_pack import pack_file
from tests.workflow.project import ROOT

RNG = np.random.default_rng(0)
TRIED: Counter = Counter()
"""What became of the files of this process, for the summary at the end."""


@dataclass(frozen=True)
class Reader:
    """`content` stands in the file `name`; `read` is given its path, and `beside` makes what it needs around it."""

    name: str
    content: bytes
    read: Callable[[Path], Any]
    beside: Callable[[Path], None] = lambda folder: None


def npz(compressed: bool = False, **arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(stream, **arrays)
    return stream.getvalue()


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def picture(kind: str, **more: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(RNG.integers(0, 256, (9, 7, 3), dtype=np.uint8)).save(stream, kind, **more)
    return stream.getvalue()


def idx(array: np.ndarray) -> bytes:
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, dtype=">u4").tobytes()
    return gzip.compress(header + array.tobytes(), mtime=0)


def cifar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name in [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]:
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            info.size = CIFAR_RECORD
            archive.addfile(info, io.BytesIO(bytes(CIFAR_RECORD)))
    return stream.getvalue()


def table() -> bytes:
    columns = {"sample": np.arange(20), "vector": RNG.random((20, 3), dtype=np.float32), "name": ["a", "é"] * 10}
    with tempfile.TemporaryDirectory() as folder:
        parquet.write(path := Path(folder) / "table.parquet", columns, {"model": "dit"})
        return path.read_bytes()


def pack() -> bytes:
    t, y = RNG.random((2, 5), dtype=np.float32), RNG.random((3, 5), dtype=np.float32)
    vectors = StoredVectors(t[:, None] + y, y, t, np.array([1.0, 0.0]), np.arange(3))
    with tempfile.TemporaryDirectory() as folder:
        pack_file.write(path := Path(folder) / "own.safetensors", vectors, {"model": "own"})
        return path.read_bytes()


def reference(path: Path) -> None:
    with open_reference(file_at(path), path.parent, path.parent, None) as (arrays, part):
        read_statistics(arrays, part, "adm-npz", None)
        list(arrays.rows("arr_0", 3, 2))


def reference_pictures(path: Path) -> None:
    with open_pictures(path) as (_, blocks):
        list(blocks(2))


def shown(path: Path) -> None:
    """Decoders of pictures say it in brackets; whoever lists files makes the sentence."""
    try:
        pixels(path.read_bytes())
    except UnreadableError as error:
        raise UserError(f"{path} is no picture ({error}).") from error


def pairs(path: Path) -> None:
    for pair in read_pairs(path):
        assert all(".." not in name.split("/") for name in (pair.target, *pair.sources))


def latents(path: Path) -> None:
    import torch

    source = LatentSource(path.parent)
    source.rows(torch.arange(min(len(source), 3)), torch.Generator())


def latent_shards(folder: Path) -> None:
    manifest = {"shape": [4, 2, 2], "views": 1, "scale": 0.2, "class_names": ["a", "b"], "alignment": False}
    arrays = {"latents": np.random.default_rng(0).random((3, 1, 8, 2, 2), dtype=np.float32), "labels": np.arange(3)}
    for part, array in arrays.items():
        np.save(folder / f"{part}-00000.npy", array)
    sums = {part: file_sha256(folder / f"{part}-00000.npy") for part in arrays}
    (folder / "manifest.json").write_text(json.dumps(manifest | {"shards": [{"rows": 3, "sha256": sums}]}))


def other_idx(folder: Path) -> None:
    (folder / "labels.gz").write_bytes(idx(np.arange(3, dtype=np.uint8)))
    (folder / "intact.gz").write_bytes(idx(RNG.integers(0, 256, (3, 4, 4), dtype=np.uint8)))


def read_images(path: Path) -> None:
    read_idx([path, path.with_name("labels.gz"), path.with_name("intact.gz"), path.with_name("labels.gz")])


STATISTICS = {"mu": np.zeros(3), "sigma": np.eye(3), "mu_s": np.zeros(2), "sigma_s": np.eye(2)}
PICTURES = RNG.integers(0, 256, (3, 4, 4, 3), dtype=np.uint8)
MODEL = (ROOT / "config/models/dit.yaml").read_bytes()
EXTENDING = b"extends: dit\nname: mine\ntitle: M\n"


def cards(folder: Path) -> None:
    (folder / "dit.yaml").write_bytes(MODEL)


READERS = {
    "study": Reader("nano.yaml", (ROOT / "config/nano.yaml").read_bytes(), load_yaml),
    "model card": Reader("dit.yaml", MODEL, load_card),
    "model card in UTF-16": Reader("dit.yaml", MODEL.decode().encode("utf-16"), load_card),
    "card that extends": Reader("mine.yaml", EXTENDING, load_card, cards),
    "data card": Reader("mnist.yaml", (ROOT / "config/data/mnist.yaml").read_bytes(), load_data_card),
    "prompts": Reader(
        "prompts.txt", "rain\n# no\nöl\n".encode() * 3, lambda path: read_prompts(Prompts(path.name, None, None), path.parent)
    ),
    "pairs": Reader("pairs.txt", b"img/a/b.jpg,img/c/d.jpg\n" * 3, pairs),
    "pose": Reader("b.txt", b"1.5 2\n" * 18, lambda path: read_keypoints(path.parent, "img/b.jpg")),
    "clip": Reader("clip.npz", npz(arr_0=np.ones((4, 5), dtype=np.float32)), lambda path: read_clip(path, 3, 5)),
    "published reference": Reader("a.npz", npz(arr_0=PICTURES, **STATISTICS), reference),
    "published reference, deflated": Reader("a.npz", npz(True, arr_0=PICTURES, **STATISTICS), reference),
    "own reference pictures": Reader("own.npz", npz(arr_0=PICTURES), reference_pictures),
    "statistics": Reader("s.npz", npz(**STATISTICS), load_statistics),
    "pictures to encode": Reader(
        "p.npz", npz(images=PICTURES, labels=np.arange(3)), lambda path: ArrayPictures(path).picture(0, 2)
    ),
    "png": Reader("a.png", picture("PNG"), shown),
    "jpeg": Reader("a.jpg", picture("JPEG"), shown),
    "webp": Reader("a.webp", picture("WEBP"), shown),
    "tiff": Reader("a.tiff", picture("TIFF", compression="tiff_lzw"), shown),
    "bmp": Reader("a.bmp", picture("BMP"), shown),
    "IDX": Reader("images.gz", idx(RNG.integers(0, 256, (3, 4, 4), dtype=np.uint8)), read_images, other_idx),
    "CIFAR-10": Reader("cifar.tar.gz", cifar(), lambda path: read_cifar([path])),
    "latents' manifest": Reader("manifest.json", b"", latents, latent_shards),
    "latents": Reader("latents-00000.npy", b"", latents, latent_shards),
    "labels of latents": Reader("labels-00000.npy", b"", latents, latent_shards),
    "index of shards": Reader(
        "i.json", b'{"weight_map": {"a": "b.safetensors"}}', lambda path: parse_index(path.read_bytes(), path.name)
    ),
    "lock file": Reader("lock.json", b'{"https://h/a": {"sha256": "00"}}', lambda path: remembered(path, "https://h/a")),
    "pack of vectors": Reader("own.safetensors", pack(), pack_file.read),
    "result table": Reader("a.parquet", table(), parquet.read),
}
