"""What the shell says must not reach the jobs, and a place where nothing can work is named before anything starts."""

import os
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.job.surroundings import require_records, require_writable, settle, shortage

SCRIPTS = Path(__file__).resolve().parents[3] / "workflow_scripts"


@pytest.fixture(autouse=True)
def own_process(monkeypatch, tmp_path):
    """A working folder, an environment and an interpreter's name that are put back afterwards."""
    for name in list(os.environ):
        monkeypatch.setenv(name, os.environ[name])
    monkeypatch.setattr(sys, "executable", sys.executable)
    monkeypatch.chdir(tmp_path)
    yield
    for name in ("MPLCONFIGDIR", "MPLBACKEND", "PYTHONPATH", "PIP_CONSTRAINT"):
        monkeypatch.delenv(name, raising=False)


def test_this_library_comes_first_and_the_users_entries_are_kept_once(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["/other/checkout", "", str(SCRIPTS)]))
    settle(SCRIPTS)
    settle(SCRIPTS)
    assert os.environ["PYTHONPATH"] == f"{SCRIPTS}{os.pathsep}/other/checkout"


def test_a_notebooks_settings_do_not_reach_the_jobs(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    settle(SCRIPTS)
    assert os.environ["MPLBACKEND"] == "agg"
    assert "PYTHONWARNINGS" not in os.environ
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "3"


def test_pip_inside_conda_gets_the_tested_versions_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv("PIP_CONSTRAINT", raising=False)
    settle(SCRIPTS)
    with urlopen(os.environ["PIP_CONSTRAINT"]) as stream:
        assert b"\ntorch==" in stream.read()
    monkeypatch.setenv("PIP_CONSTRAINT", "mine.txt")
    settle(SCRIPTS)
    assert os.environ["PIP_CONSTRAINT"] == "mine.txt"


def test_matplotlib_gets_a_folder_only_where_home_has_none(monkeypatch, tmp_path):
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    settle(SCRIPTS)
    assert "MPLCONFIGDIR" not in os.environ
    # A file in the way of every folder below it: also root cannot write there.
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    settle(SCRIPTS)
    assert os.environ["MPLCONFIGDIR"] == str(tmp_path / ".snakemake/matplotlib")


def test_an_interpreter_with_a_space_in_its_path_is_quoted_once(monkeypatch):
    monkeypatch.setattr(sys, "executable", "my studies/it's/python")
    settle(SCRIPTS)
    settle(SCRIPTS)
    assert sys.executable == """'my studies/it'"'"'s/python'"""


def test_an_ordinary_interpreter_stays_as_it_is(monkeypatch):
    monkeypatch.setattr(sys, "executable", "environment/bin/python3.11")
    settle(SCRIPTS)
    assert sys.executable == "environment/bin/python3.11"


def test_another_library_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"not from .*unset PYTHONPATH"):
        settle(tmp_path)


def test_places_where_nothing_can_work_are_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"file cannot be written.*--directory"):
        require_records(tmp_path / "file")
    with pytest.raises(UserError, match=r"file cannot be written; mend the permissions"):
        require_writable(tmp_path / "file")
    require_writable(tmp_path / "new/results")
    (tmp_path / "results").symlink_to(tmp_path / "unmounted")
    with pytest.raises(UserError, match=r"results is a link to .*unmounted, which is absent; mount"):
        require_records(tmp_path)
    (tmp_path / "unmounted").mkdir()
    require_records(tmp_path)


def test_a_full_disk_is_told(tmp_path, monkeypatch):
    real = os.statvfs(tmp_path)
    assert shortage(tmp_path / "results") is None
    monkeypatch.setattr(os, "statvfs", lambda path: os.statvfs_result([*real[:4], 3, *real[5:]]))
    assert shortage(tmp_path / "results").startswith(f"The disk of {tmp_path}/results is full (")
    monkeypatch.setattr(os, "statvfs", lambda path: os.statvfs_result([*real[:5], 1000, 0, 0, *real[8:]]))
    assert "0 names left" in shortage(tmp_path)
