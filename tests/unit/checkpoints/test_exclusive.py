"""One process at a time, also where the file system has no locks, and never through a link."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from semantic_bottleneck.checkpoints import exclusive
from semantic_bottleneck.checkpoints.exclusive import exclusive_file
from semantic_bottleneck.errors import UserError

LIBRARY = Path(__file__).resolve().parents[3] / "workflow_scripts"
COUNT = """
import errno, os, sys, time
from pathlib import Path
from semantic_bottleneck.checkpoints import exclusive
if sys.argv[2] == "without":
    def flock(file, kind):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    exclusive.fcntl.flock = flock
for _ in range(15):
    with exclusive.exclusive_file(Path(sys.argv[1])) as file:
        number = int(file.read() or b"0")
        time.sleep(0.002)
        file.seek(0)
        file.write(str(number + 1).encode())
"""


@pytest.mark.parametrize("locks", ["with", "without"])
def test_nothing_that_processes_write_is_lost(tmp_path, locks):
    command = [sys.executable, "-c", COUNT, str(tmp_path / "x"), locks]
    jobs = [subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(LIBRARY)}) for _ in range(3)]
    assert [job.wait() for job in jobs] == [0] * 3
    assert (tmp_path / "x").read_bytes() == b"45"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_the_mark_of_a_killed_holder_does_not_stop_the_next(tmp_path, monkeypatch):
    code = COUNT.replace("time.sleep(0.002)", "print(flush=True); time.sleep(60)")
    command = [sys.executable, "-c", code, str(tmp_path / "x"), "without"]
    holder = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(LIBRARY)}, stdout=subprocess.PIPE)
    holder.stdout.readline()
    holder.kill()
    holder.communicate()
    assert (tmp_path / "x.lock").exists()
    monkeypatch.setattr(exclusive.fcntl, "flock", without_locks)
    with exclusive_file(tmp_path / "x") as file:
        file.write(b"1")
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def without_locks(file, kind):
    raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))


def test_a_link_is_refused_and_its_target_left_alone(tmp_path):
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "x").symlink_to(tmp_path / "victim")
    with pytest.raises(UserError, match="x is a link"), exclusive_file(tmp_path / "x"):
        pass
    assert (tmp_path / "victim").read_text() == "precious"
