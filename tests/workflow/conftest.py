"""One complete run of the nano study, shared by all tests of this folder."""

import pytest

from tests.workflow.project import Project


@pytest.fixture(scope="session")
def nano(tmp_path_factory) -> Project:
    """The nano study, run to its report. Tests that change anything work on `copy`."""
    return Project.finished(tmp_path_factory.mktemp("nano"), "all")


@pytest.fixture
def copy(nano, tmp_path) -> Project:
    """A copy of the finished study, Snakemake's records included."""
    return Project.copy_of(nano.folder, tmp_path / "project", "results", ".snakemake")
