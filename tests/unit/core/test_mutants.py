"""A planted fault that hangs is noticed, and ends with all that it started."""

import subprocess
import sys
import time

from tests.workflow.project import ROOT

HANGS = """
import subprocess, time

def test_hangs():
    other = subprocess.Popen(["sleep", "600"])
    open({number!r}, "w").write(str(other.pid))
    time.sleep(600)
"""
TRY = "import sys; from tests.mutants.trial import is_noticed; print(is_noticed([sys.argv[1]], float(sys.argv[2])))"


def noticed(path, seconds):
    done = subprocess.run([sys.executable, "-c", TRY, path, str(seconds)], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


def is_running(number):
    try:
        with open(f"/proc/{number}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_what_hangs_is_ended_with_its_children(tmp_path):
    (tmp_path / "test_hangs.py").write_text(HANGS.format(number=str(tmp_path / "number")))
    started = time.monotonic()
    assert noticed(tmp_path / "test_hangs.py", 8) == "True"
    assert time.monotonic() - started < 60
    assert not is_running((tmp_path / "number").read_text())


def test_what_passes_is_not_noticed(tmp_path):
    (tmp_path / "test_passes.py").write_text("def test_passes():\n    assert True\n")
    assert noticed(tmp_path / "test_passes.py", 60) == "False"
