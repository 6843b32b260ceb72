"""What a path holds is one hash: of names and bytes, never of times, links or places."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from semantic_bottleneck.named_files import contents
from semantic_bottleneck.named_files.contents import contents_hash

OLD = 1_600_000_000
NAMES = st.text("abé\n \udcff", min_size=1, max_size=4).map(lambda text: f"x{text}")
TREES = st.dictionaries(st.tuples(NAMES, NAMES).map("/".join), st.binary(max_size=3), min_size=1, max_size=6)


def write(folder: Path, tree: dict[str, bytes]) -> Path:
    """The files of `tree` below `folder`, long unchanged."""
    for name, data in tree.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (OLD, OLD))
    return folder


@pytest.fixture
def settled(monkeypatch):
    """Files made just now count as long unchanged."""
    monkeypatch.setattr(contents, "RECENT", -(10**18))


@given(TREES, TREES)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_two_folders_hash_alike_exactly_when_names_and_bytes_agree(tmp_path_factory, one, other):
    root = tmp_path_factory.mktemp("trees")
    first, second = (contents_hash(write(root / name, tree), None) for name, tree in (("one", one), ("other", other)))
    assert (first == second) == (one == other)


def test_remembered_and_read_anew_agree_after_every_kind_of_change(tmp_path, settled):
    folder, memory = write(tmp_path / "data", {"a/1.png": b"one", "a/2.png": b"two", "b/3.png": b"three"}), tmp_path / "memory"
    start = contents_hash(folder, memory)
    assert start == contents_hash(folder, None)

    def changed(before: str) -> str:
        now = contents_hash(folder, memory)
        assert now == contents_hash(folder, None) != before
        return now

    (folder / "a/1.png").write_bytes(b"uno")  # as many bytes, in place
    os.utime(folder / "a/1.png", (OLD, OLD))  # and as old as before
    second = changed(start)
    (folder / "b/3.png").rename(folder / "a/3.png")
    third = changed(second)
    (folder / "a/2.png").unlink()
    changed(third)


def test_times_copies_links_and_hidden_files_change_nothing(tmp_path, settled):
    folder, memory = write(tmp_path / "data", {"a/1.png": b"one", "b/2.png": b"two"}), tmp_path / "memory"
    before = contents_hash(folder, memory)
    for path in (folder, folder / "a", folder / "a/1.png"):
        path.touch()
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints/1.png").write_bytes(b"left")
    (folder / "a/._1.png").write_bytes(b"left")
    (folder / "lock.mdb").write_bytes(b"readers")
    (folder / "broken.png").symlink_to(tmp_path / "nowhere")
    (folder / "itself.png").symlink_to("itself.png")
    (folder / "a/@eaDir").mkdir()
    (folder / "a/@eaDir/1.png").write_bytes(b"thumbnail")
    (folder / "b/loop").symlink_to(folder)
    assert contents_hash(folder, memory) == before
    shutil.copytree(folder / "a", tmp_path / "disk/a")
    shutil.rmtree(folder / "a")
    (folder / "a").symlink_to(tmp_path / "disk/a")
    assert contents_hash(folder, memory) == before
    (tmp_path / "disk/a/1.png").write_bytes(b"uno")
    assert contents_hash(folder, memory) != before


def test_unchanged_files_are_not_read_again(tmp_path, settled, monkeypatch):
    folder, memory = write(tmp_path / "data", {f"{number}.png": bytes([number]) for number in range(5)}), tmp_path / "memory"
    contents_hash(folder, memory)
    read = []
    original = contents._file_hash
    monkeypatch.setattr(contents, "_file_hash", lambda path, entry: read.append(entry.name) or original(path, entry))
    contents_hash(folder, memory)
    assert read == []
    (folder / "3.png").touch()
    contents_hash(folder, memory)
    assert read == ["3.png"]


def test_a_file_younger_than_its_clock_can_tell_is_read_again(tmp_path):
    file, memory = tmp_path / "weights.pt", tmp_path / "memory"
    file.write_bytes(b"one")
    status = file.stat()
    before = contents_hash(file, memory)
    file.write_bytes(b"two")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert contents_hash(file, memory) != before


def test_a_source_that_is_gone_keeps_its_hash(tmp_path):
    file, memory = tmp_path / "weights.pt", tmp_path / "memory"
    assert contents_hash(file, memory) is None
    file.write_bytes(b"one")
    before = contents_hash(file, memory)
    file.unlink()
    assert contents_hash(file, memory) == before
    assert contents_hash(file, None) is None


def test_a_damaged_memory_is_read_over(tmp_path):
    file, memory = tmp_path / "weights.pt", tmp_path / "memory"
    file.write_bytes(b"one")
    before = contents_hash(file, memory)
    (record,) = memory.iterdir()
    for damage in (b"", b"{", b"[]\n", b'{"contents": 1', b'{"contents": "x", "listing": null}\nshort row\0'):
        record.write_bytes(damage)
        assert contents_hash(file, memory) == before
