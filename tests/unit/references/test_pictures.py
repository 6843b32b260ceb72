"""Real images from a folder, an LMDB and an .npz give the same blocks, features and statistics."""

import io

import lmdb
import numpy as np
import pytest
from PIL import Image

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.references.embedding import look
from semantic_bottleneck.references.pictures import open_pictures
from semantic_bottleneck.scores.moments import moments

PICTURES = np.random.default_rng(0).integers(0, 256, (23, 10, 12, 3), dtype=np.uint8)


def png(picture: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG")
    return stream.getvalue()


def folder(path):
    for index, picture in enumerate(PICTURES):
        file = path / f"class{index // 10}/{index:03d}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(png(picture))
    (path / "class0/notes.txt").write_text("no picture")
    return path


def database(path):
    with lmdb.open(str(path), map_size=1 << 24) as environment, environment.begin(write=True) as transaction:
        transaction.put(b"length", b"23")
        for index, picture in enumerate(PICTURES):
            transaction.put(f"{index:05d}".encode(), png(picture))
    return path


def array(path):
    np.savez(path.with_suffix(".npz"), PICTURES)
    return path.with_suffix(".npz")


@pytest.mark.parametrize("kind", [folder, database, array])
def test_every_collection_gives_its_pictures_in_order(tmp_path, kind):
    with open_pictures(kind(tmp_path / "real")) as (count, pictures):
        blocks = list(pictures(10))
    assert count == 23
    assert [len(block) for block in blocks] == [10, 10, 3]
    assert np.array_equal(np.concatenate(blocks), PICTURES)


def test_what_cannot_be_used_is_named(tmp_path):
    with (
        pytest.raises(UserError, match=r"absent does not exist; put the real images there"),
        open_pictures(tmp_path / "absent"),
    ):
        pass
    (tmp_path / "file.txt").touch()
    with pytest.raises(UserError, match=r"neither a folder .* nor an \.npz"), open_pictures(tmp_path / "file.txt"):
        pass
    with (
        pytest.raises(UserError, match=r"at least two pictures, but .*: 0 pictures; passed over 1: 1 \.txt"),
        open_pictures(tmp_path),
    ):
        pass
    np.savez(tmp_path / "floats.npz", PICTURES / 255.0)
    with open_pictures(tmp_path / "floats.npz") as (_, pictures), pytest.raises(UserError, match="uint8 is needed"):
        list(pictures(100))
    np.savez(tmp_path / "flat.npz", PICTURES[:, 0])
    with pytest.raises(UserError, match="shape"), open_pictures(tmp_path / "flat.npz"):
        pass


class MeanColour:
    """In the judges' place: three features of a picture."""

    def look_at(self, images, samples, clip):
        assert not clip
        return {"features": images.mean(axis=(1, 2)).astype(np.float32), "logits": np.zeros((len(images), 2))}


def test_statistics_are_of_all_pictures_and_features_of_an_even_choice(tmp_path):
    with open_pictures(folder(tmp_path / "real")) as (count, pictures):
        rows, statistics = look(MeanColour(), count, pictures, block=10, keep=5)
    everything = MeanColour().look_at(PICTURES, None, clip=False)["features"]
    assert rows["sample"].tolist() == [0, 4, 9, 13, 18]
    assert np.array_equal(rows["features"], everything[rows["sample"]])
    expected = moments(everything)
    np.testing.assert_allclose(statistics["features"].mean, expected.mean(), rtol=1e-12)
    np.testing.assert_allclose(statistics["features"].covariance, expected.covariance(), rtol=1e-9)
    with open_pictures(tmp_path / "real") as (count, pictures):
        rows, _ = look(MeanColour(), count, pictures, block=10, keep=0)
    assert set(rows) == {"sample"}
