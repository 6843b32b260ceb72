"""Hashes of code are remembered while the files stay as they are, and only then."""

import json
import os
import time

import pytest

from semantic_bottleneck.study import code_memory
from semantic_bottleneck.study.code_memory import CodeMemory
from semantic_bottleneck.study.codehash import code_hash

LONG_AGO = time.time() - 100


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    """A small library, of which no file counts as changed just now."""
    monkeypatch.setattr(code_memory, "RECENT", -10_000_000_000)
    folder = tmp_path / "scripts"
    (folder / "semantic_bottleneck").mkdir(parents=True)
    (folder / "semantic_bottleneck/__init__.py").write_text("")
    (folder / "semantic_bottleneck/used.py").write_text("value = 1\n")
    (folder / "job.py").write_text("from semantic_bottleneck.used import value\n")
    return folder


@pytest.fixture
def computed(monkeypatch):
    """The scripts whose hash was computed, and not remembered."""
    asked = []

    def spy(scripts, script, *modules):
        asked.append(script)
        return f"hash {len(asked)}"

    monkeypatch.setattr(code_memory, "code_hash", spy)
    return asked


def test_it_says_what_code_hash_says_with_and_without_a_record(scripts, tmp_path):
    record = tmp_path / "record.json"
    module = "semantic_bottleneck.used"
    expected = [code_hash(scripts, "job.py"), code_hash(scripts, "job.py", module)]
    for _ in range(2):
        memory = CodeMemory(scripts, record)
        assert [memory.hash("job.py"), memory.hash("job.py", module)] == expected


def test_another_process_computes_nothing_again(scripts, tmp_path, computed):
    record = tmp_path / "record.json"
    first = CodeMemory(scripts, record).hash("job.py")
    assert CodeMemory(scripts, record).hash("job.py") == first
    assert CodeMemory(scripts, record).hash("job.py", "module") != first
    assert computed == ["job.py", "job.py"]


@pytest.mark.parametrize("change", ["bytes", "time alone", "a new file", "a file gone"])
def test_any_change_of_a_file_is_noticed(scripts, tmp_path, computed, change):
    record, used = tmp_path / "record.json", scripts / "semantic_bottleneck/used.py"
    CodeMemory(scripts, record).hash("job.py")
    if change == "bytes":
        times = used.stat()
        used.write_text("value = 2\n")
        os.utime(used, ns=(times.st_atime_ns, times.st_mtime_ns))  # as many bytes, and the old time
    elif change == "time alone":
        os.utime(used, (LONG_AGO, LONG_AGO))
    elif change == "a new file":
        (scripts / "semantic_bottleneck/new.py").write_text("")
    else:
        used.unlink()
    CodeMemory(scripts, record).hash("job.py")
    assert computed == ["job.py", "job.py"]


def test_files_that_changed_just_now_are_not_remembered(scripts, tmp_path, monkeypatch):
    """They may change again before the clock of the file system moves on."""
    monkeypatch.setattr(code_memory, "RECENT", 10_000_000_000)
    CodeMemory(scripts, tmp_path / "record.json").hash("job.py")
    assert not (tmp_path / "record.json").exists()


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", '{"files": 1}', '{"hashes": {"job.py": "wrong"}}', "\x00"])
def test_a_damaged_record_is_written_anew(scripts, tmp_path, damage):
    record = tmp_path / "record.json"
    record.write_text(damage)
    expected = code_hash(scripts, "job.py")
    assert CodeMemory(scripts, record).hash("job.py") == expected
    assert json.loads(record.read_text())["hashes"] == {"job.py": expected}


def test_where_nothing_can_be_written_it_computes(scripts, tmp_path):
    (tmp_path / "file").write_text("")
    expected = code_hash(scripts, "job.py")
    assert CodeMemory(scripts, tmp_path / "file/record.json").hash("job.py") == expected
