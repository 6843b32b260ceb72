"""One complete run of the nano study, shared by all tests of this folder."""

import os

import pytest
from filelock import FileLock

from tests.workflow.project import Project

EXTRA = ("results", ".snakemake")


@pytest.fixture(scope="session")
def nano(tmp_path_factory) -> Project:
    """The nano study, run to its report. Tests that change anything work on `copy`.

    Of several workers (pytest -n) one runs it; each has a copy of its own, since even a dry run leaves traces.
    """
    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "nano-study"
    with FileLock(f"{shared}.lock"):
        if not shared.exists():
            Project.finished(own / "nano-unfinished", "all").folder.rename(shared)
    return Project.copy_of(shared, own / "nano", *EXTRA)


@pytest.fixture
def copy(nano, tmp_path) -> Project:
    """A copy of the finished study, Snakemake's records included."""
    return Project.copy_of(nano.folder, tmp_path / "project", *EXTRA)
