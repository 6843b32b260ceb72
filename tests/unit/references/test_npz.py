"""Arrays of an .npz by byte ranges."""

import io

import numpy as np
import pytest

from semantic_bottleneck.checkpoints.npz import Npz
from semantic_bottleneck.checkpoints.ranges import LocalBytes
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.references.published import open_reference, read_statistics
from semantic_bottleneck.study.checkpoint import listed_file
from tests.unit.checkpoints.server import FileServer, Served

ROWS = np.random.default_rng(0).integers(0, 256, (50, 32, 32, 3), dtype=np.uint8)
SIGMA = np.cov(np.random.default_rng(1).standard_normal((30, 12)), rowvar=False)
ARRAYS = {"arr_0": ROWS, "mu": np.arange(12.0), "sigma": SIGMA, "mu_s": np.ones(12), "sigma_s": SIGMA}


def content(compressed: bool) -> bytes:
    stream = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(stream, **ARRAYS)
    return stream.getvalue()


def opened(tmp_path, data: bytes) -> Npz:
    path = tmp_path / "reference.npz"
    path.write_bytes(data)
    return Npz(LocalBytes(path))


@pytest.mark.parametrize("compressed", [False, True])
def test_arrays_come_back_whole_or_as_far_as_wanted(tmp_path, compressed):
    npz = opened(tmp_path, content(compressed))
    assert npz.names == list(ARRAYS)
    assert npz.shape("arr_0") == ROWS.shape
    assert np.array_equal(npz.array("sigma", 1000), SIGMA)
    parts = list(npz.rows("arr_0", 23, 10))
    assert [len(part) for part in parts] == [10, 10, 3]
    assert np.array_equal(np.concatenate(parts), ROWS[:23])
    assert np.array_equal(np.concatenate(list(npz.rows("arr_0", 1000, 16))), ROWS)


@pytest.mark.parametrize("compressed", [False, True])
def test_damage_is_named(tmp_path, compressed):
    data = bytearray(content(compressed))
    place = data.index(b"sigma.npy") + 400
    data[place] ^= 255
    with pytest.raises(UserError, match=r"reference\.npz.*sigma\.npy"):
        opened(tmp_path, bytes(data)).array("sigma", 1000)
    with pytest.raises(UserError, match=r"reference\.npz is no \.npz file"):
        opened(tmp_path, bytes(data[:-200]))


def test_what_is_no_plain_array_is_refused(tmp_path):
    stream = io.BytesIO()
    np.savez(stream, mu=np.array([{}], dtype=object), sigma=np.asfortranarray(SIGMA))
    npz = opened(tmp_path, stream.getvalue())
    with pytest.raises(UserError, match="'mu' holds no plain numbers"):
        npz.array("mu", 1000)
    assert np.array_equal(npz.array("sigma", 1000), SIGMA)
    with pytest.raises(UserError, match="'sigma' is not stored row by row"):
        next(npz.rows("sigma", 1, 1))
    with pytest.raises(UserError, match="no array 'arr_0'; it holds mu, sigma"):
        npz.shape("arr_0")
    with pytest.raises(UserError, match="too large"):
        opened(tmp_path, content(False)).array("sigma", 100)


BARE = {"insecure": False, "private": False}


def source(server: FileServer, name: str, *mirrors: str) -> dict:
    return {"url": server.url(name), "mirrors": [server.url(mirror) for mirror in mirrors], **BARE}


def test_statistics_cost_their_own_bytes_on_a_server(tmp_path):
    big = {**ARRAYS, "arr_0": np.zeros((40, 256, 256, 3), dtype=np.uint8)}
    stream = io.BytesIO()
    np.savez(stream, **big)
    lock = tmp_path / "lock.json"
    with FileServer({"adm.npz": Served(stream.getvalue())}) as server:
        with open_reference(listed_file(source(server, "adm.npz")), tmp_path, tmp_path / "cache", lock) as (npz, part):
            found = read_statistics(npz, part, "adm-npz", lock)
        # The beginning (what every remote reader asks for first) and the zip directory's block are 192 kB.
        assert server.sent < 250_000
    assert np.array_equal(found["features"].covariance, (SIGMA + SIGMA.T) / 2)
    assert set(found) == {"features", "spatial"}


def test_a_server_without_ranges_costs_the_whole_file_once(tmp_path):
    data, lock = content(False), tmp_path / "lock.json"
    with FileServer({"adm.npz": Served(data, ranges=False)}) as server:
        for _ in range(2):
            with open_reference(listed_file(source(server, "adm.npz")), tmp_path, tmp_path / "cache", lock) as (npz, part):
                assert set(read_statistics(npz, part, "adm-npz", lock)) == {"features", "spatial"}
        # Each time one question whether ranges work; the file itself once.
        assert len(server.requests) == 3
    assert len(list((tmp_path / "cache").glob("*.checkpoint"))) == 1


def test_mirrors_and_first_use_hold(tmp_path):
    lock = tmp_path / "lock.json"
    with FileServer({"copy.npz": Served(content(False))}) as server:
        with open_reference(listed_file(source(server, "adm.npz", "copy.npz")), tmp_path, tmp_path, lock) as (npz, part):
            read_statistics(npz, part, "adm-npz", lock)
        other = io.BytesIO()
        np.savez(other, **{**ARRAYS, "mu": np.zeros(12)})
        server.files["copy.npz"] = Served(other.getvalue())
        with (
            pytest.raises(UserError, match=r"another mu now .*than on first use"),
            open_reference(listed_file(source(server, "adm.npz", "copy.npz")), tmp_path, tmp_path, lock) as (npz, part),
        ):
            read_statistics(npz, part, "adm-npz", lock)
        with (
            pytest.raises(UserError, match="not there any more"),
            open_reference(listed_file(source(server, "absent.npz")), tmp_path, tmp_path, lock),
        ):
            pass
