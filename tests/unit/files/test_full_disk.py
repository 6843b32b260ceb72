"""A disk without room: every writer says so in a sentence, leaves nothing half-written, and completes once there is room."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def write_all(folder: Path, *limit: str) -> dict[str, str | None]:
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'workflow_scripts'}"}
    command = [sys.executable, "-m", "tests.unit.files.every_writer", str(folder), *limit]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def check(folder: Path, said: dict[str, str | None], reason: str) -> None:
    for name, sentence in said.items():
        assert sentence, name
        if "make room there" in sentence:  # a download asks for the room that it needs before it begins
            assert f"in {folder}, which has" in sentence
            continue
        assert str(folder / name) in sentence, sentence
        assert reason in sentence or "requested and" in sentence, sentence  # numpy counts instead
        assert "bytes free" in sentence, sentence
    # A download goes on where it stopped, and so do features that are computed batch by batch.
    kept = {".model.checkpoint.part", ".model.checkpoint.part.json", "x.npy"}
    assert [path for path in folder.rglob("*") if path.is_file() and path.name not in kept] == []


def check_complete(folder: Path, said: dict[str, str | None]) -> None:
    assert set(said.values()) == {None}
    assert {name for name in said if not (folder / name).is_file()} == set()
    assert list(folder.rglob(".*")) == []


def test_a_quota_stops_every_writer_with_a_sentence(tmp_path):
    folder = tmp_path / "place"
    folder.mkdir()
    check(folder, write_all(folder, "40000"), "File too large")
    check_complete(folder, write_all(folder))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")
def test_a_full_file_system_stops_every_writer_with_a_sentence(tmp_path):
    folder = tmp_path / "place"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", str(folder)], check=False)
    if mounted.returncode:
        pytest.skip("this container may not mount")
    try:
        check(folder, write_all(folder), "No space left on device")
        subprocess.run(["mount", "-o", "remount,size=100m", str(folder)], check=True)
        check_complete(folder, write_all(folder))
        for path in folder.rglob("*"):
            path.is_file() and path.unlink()
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        said = write_all(folder)
        assert all(sentence and "Read-only file system" in sentence for sentence in said.values()), said
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
