"""A file is whole or absent, and what went wrong is said of the right file."""

import errno
import os

import pytest

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.atomic import atomic_path, write_text


def test_a_failure_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    write_text(tmp_path / "x.json", "é")
    with pytest.raises(ZeroDivisionError), atomic_path(tmp_path / "x.json") as part:
        part.write_bytes(b"half" * (1 // (part.write_bytes(b"half") - 4)))
    assert (tmp_path / "x.json").read_text(encoding="utf-8") == "é"
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


def refuse(error: OSError, wrapped: bool) -> None:
    """Raise `error`, or what torch makes of it."""
    try:
        raise error
    except OSError:
        if wrapped:
            raise RuntimeError("unexpected pos 704 vs 598") from None
        raise


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "No space left on device"),
        (errno.EDQUOT, "Disk quota exceeded"),
        (errno.EROFS, "Read-only file system"),
        (errno.ESTALE, "Stale file handle"),
    ],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_what_the_disk_refuses_names_the_file_and_the_room(tmp_path, number, reason, wrapped):
    said = rf"new/x\.npz could not be written \({reason}; [\d,]+ bytes free there\); free some space"
    with pytest.raises(UserError, match=said), atomic_path(tmp_path / "new/x.npz"):
        refuse(OSError(number, os.strerror(number)), wrapped)
    assert list((tmp_path / "new").iterdir()) == []


def test_what_is_wrong_with_the_content_is_not_blamed_on_the_disk(tmp_path):
    with pytest.raises(ValueError, match="of its own"), atomic_path(tmp_path / "x"):
        raise ValueError("of its own")


def test_a_file_in_the_way_of_the_folder_is_told(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(UserError, match=r"taken/deep/x could not be written"):
        write_text(tmp_path / "taken/deep/x", "")


def test_an_absent_input_inside_the_block_is_not_blamed_on_the_output(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "x"):
        os.stat(tmp_path / "input")
