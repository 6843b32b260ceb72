"""What is kept of a published reference is what the study reads of it, bit by bit."""

import hashlib

import numpy as np
import pytest

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.references.npz_writing import write_npz
from semantic_bottleneck.references.published import copy_reference, open_reference, read_statistics
from semantic_bottleneck.study.checkpoint import listed_file
from tests.unit.checkpoints.server import FileServer, Served
from tests.workflow.official import npz_bytes, reference


def place(address):
    return listed_file(source(address))


def source(address, **changed):
    return {"kind": "adm-npz", "url": address, "mirrors": [], "insecure": False, "private": False, "images": 9} | changed


def test_statistics_and_the_first_pictures(tmp_path):
    arrays = reference(5, 3, 64, count=40)
    with FileServer({"a.npz": Served(npz_bytes(**arrays))}) as server:
        copy_reference(source(server.url("a.npz")), tmp_path, tmp_path / "lock.json", tmp_path / "out.npz")
        assert server.sent < server.files["a.npz"].size
        with open_reference(place(server.url("a.npz")), tmp_path, tmp_path, tmp_path / "lock.json") as (
            npz,
            part,
        ):
            expected = read_statistics(npz, part, "adm-npz", None)
    with np.load(tmp_path / "out.npz") as kept:  # numpy reads it as well
        assert (kept["arr_0"] == arrays["arr_0"][:9]).all()
    with open_reference(place("out.npz"), tmp_path, tmp_path, None) as (npz, part):
        found = read_statistics(npz, part, "adm-npz", None)
        rows = list(npz.rows("arr_0", 9, 4))
    assert [len(block) for block in rows] == [4, 4, 1]
    for kind in ("features", "spatial"):
        assert all((one == other).all() for one, other in zip(found[kind], expected[kind], strict=True))


@pytest.mark.parametrize("changed", [{"images": 0}, {"kind": "statistics-npz"}])
def test_no_pictures_where_none_are_read(tmp_path, changed):
    (tmp_path / "a.npz").write_bytes(npz_bytes(**reference(5, 3, 8)))
    copy_reference(source("a.npz", **changed), tmp_path, None, tmp_path / "out.npz")
    with np.load(tmp_path / "out.npz") as kept:
        assert "arr_0" not in kept


def test_a_damaged_picture_of_the_copy_is_noticed(tmp_path):
    (tmp_path / "a.npz").write_bytes(npz_bytes(**reference(5, 3, 8)))
    copy_reference(source("a.npz"), tmp_path, None, tmp_path / "out.npz")
    content = bytearray((tmp_path / "out.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "out.npz").write_bytes(content)
    with (
        open_reference(place("out.npz"), tmp_path, tmp_path, None) as (npz, _),
        pytest.raises(UserError, match="damaged"),
    ):
        list(npz.rows("arr_0", 9, 4))


def test_equal_arrays_give_equal_bytes_and_a_failure_leaves_nothing(tmp_path):
    block = np.arange(6, dtype=np.uint8).reshape(2, 3)
    digests = set()
    for name in ("a.npz", "b.npz"):
        write_npz(tmp_path / name, {"x": ((4, 3), iter([block, block]))})
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1

    def failing():
        yield block
        raise UserError("gone")

    with pytest.raises(UserError, match="gone"):
        write_npz(tmp_path / "c.npz", {"x": ((4, 3), failing())})
    assert {path.name for path in tmp_path.iterdir()} == {"a.npz", "b.npz"}
