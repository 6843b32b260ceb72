"""A run killed at any step, by the operating system, continues to the same bytes."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_a_run_killed_anywhere_equals_an_undisturbed_one(tmp_path):
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'workflow_scripts'}", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.unit.training.killing", str(tmp_path)]
    result = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert result.returncode == 0, result.stderr[-3000:]
    found = json.loads(result.stdout.splitlines()[-1])
    assert found["files"] == ["metrics.parquet", "step-000000.parquet", "step-000005.parquet", "step-000012.parquet"]
    assert len(found["same"]) == 14
    assert all(found["same"].values()), found["same"]
