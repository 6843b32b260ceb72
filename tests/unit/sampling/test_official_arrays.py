"""Samplers and schedules give the states that the official implementations gave."""

from pathlib import Path

import pytest

from tests.parity.__main__ import run_file
from tests.parity.samplers import KINDS

GOLDEN = Path(__file__).resolve().parents[2] / "golden"


@pytest.mark.parametrize("name", KINDS)
def test_official_arrays(name):
    assert [comparison for comparison in run_file(GOLDEN / f"{name}.npz", KINDS) if not comparison.passed] == []
