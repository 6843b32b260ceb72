"""Situations from public reports as a user meets them: each `run.sh` ends with 0 where the workflow does the right thing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.project import ROOT, clean_environment

CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/run.sh"))


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case(case, tmp_path):
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = clean_environment() | {"PATH": path, "WORK_DIR": str(tmp_path)}
    done = subprocess.run(["bash", case / "run.sh"], cwd=ROOT, env=environment, text=True, stdout=-1, stderr=-2, check=False)
    assert done.returncode == 0, done.stdout
