"""A file is whole or absent, and what went wrong is said of the right file."""

import os

import pytest
from safetensors import SafetensorError

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.atomic import atomic_path, write_text


def test_a_failure_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    write_text(tmp_path / "x.json", "é")
    with pytest.raises(ZeroDivisionError), atomic_path(tmp_path / "x.json") as part:
        part.write_bytes(b"half" * (1 // (part.write_bytes(b"half") - 4)))
    assert (tmp_path / "x.json").read_text(encoding="utf-8") == "é"
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), SafetensorError("I/O error: No space left on device (os error 28)")]
)
def test_a_full_disk_names_the_file_that_was_being_written(tmp_path, error):
    said = r"x\.npz could not be written \(.*No space left on device.*free some space"
    with pytest.raises(UserError, match=said), atomic_path(tmp_path / "new/x.npz"):
        raise error
    assert list((tmp_path / "new").iterdir()) == []


def test_a_file_in_the_way_of_the_folder_is_told(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(UserError, match=r"taken/deep/x could not be written"):
        write_text(tmp_path / "taken/deep/x", "")


def test_an_absent_input_inside_the_block_is_not_blamed_on_the_output(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "x"):
        os.stat(tmp_path / "input")
