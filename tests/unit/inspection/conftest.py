"""A repository's configuration in a folder of its own, where cards may be written."""

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def root(tmp_path) -> Path:
    """A folder with the configuration files of this repository."""
    shutil.copytree(ROOT / "config", tmp_path / "root/config")
    return tmp_path / "root"
