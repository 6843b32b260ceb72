"""Files read a few rows at a time hold what was written, and are the same bytes however they are read later."""

import numpy as np
import pytest

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import parquet
from semantic_bottleneck.files.row_groups import RowGroups, write_row_groups


@pytest.fixture
def columns():
    rng = np.random.default_rng(0)
    return {"condition": np.arange(10), "tokens": rng.standard_normal((10, 3, 2), dtype=np.float32)}


@pytest.mark.parametrize("rows", [1, 4, 10, 16])
def test_any_rows_in_any_order(tmp_path, columns, rows):
    path = tmp_path / "a.parquet"
    write_row_groups(path, columns, {"model": "x"}, rows)
    opened = RowGroups(path)
    assert len(opened) == 10
    for wanted in ([0], [9, 0, 4, 4], range(3, 8)):
        found = opened.read(wanted)
        assert np.array_equal(found["tokens"], columns["tokens"][list(wanted)])
        assert found["condition"].tolist() == list(wanted)
    assert np.array_equal(parquet.read(path)["tokens"], columns["tokens"])
    assert parquet.read_metadata(path) == {"model": "x"}


def test_only_the_groups_asked_for_are_read(tmp_path, columns, monkeypatch):
    path = tmp_path / "a.parquet"
    write_row_groups(path, columns, rows=2)
    opened, seen = RowGroups(path), []
    read = opened._file.read_row_groups
    monkeypatch.setattr(opened._file, "read_row_groups", lambda groups: seen.extend(groups) or read(groups))
    opened.read([5, 4, 9])
    assert seen == [2, 4]


def test_mapped_arrays_give_the_same_file(tmp_path, columns):
    np.save(tmp_path / "tokens.npy", columns["tokens"])
    write_row_groups(tmp_path / "a.parquet", columns, rows=4)
    mapped = columns | {"tokens": np.load(tmp_path / "tokens.npy", mmap_mode="r")}
    write_row_groups(tmp_path / "b.parquet", mapped, rows=4)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_an_absent_row_and_a_broken_file_are_named(tmp_path, columns):
    write_row_groups(tmp_path / "a.parquet", columns)
    with pytest.raises(UserError, match=r"10 rows, and row 10"):
        RowGroups(tmp_path / "a.parquet").read([3, 10])
    (tmp_path / "b.parquet").write_bytes(b"nothing")
    with pytest.raises(UserError, match=r"b\.parquet is damaged or absent .*repair"):
        RowGroups(tmp_path / "b.parquet")
