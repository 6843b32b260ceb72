"""Two jobs never hold one device."""

import os
import subprocess
import sys
from pathlib import Path

from semantic_bottleneck.devices import claim_device

SCRIPTS = Path(__file__).resolve().parents[3] / "workflow_scripts"
HOLDER = """
import sys, os, time
from pathlib import Path
from semantic_bottleneck.devices import claim_device
print(claim_device(1, folder=Path(sys.argv[1]), patience=0.05), os.environ["CUDA_VISIBLE_DEVICES"], flush=True)
sys.stdin.read()
"""


def holder(folder):
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "0,1", "PYTHONPATH": str(SCRIPTS)}
    environment.pop("SLURM_JOB_ID", None)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
    return subprocess.Popen([sys.executable, "-c", HOLDER, str(folder)], **pipes)


def test_jobs_get_different_devices_and_a_third_waits_for_a_free_one(tmp_path):
    first, second = holder(tmp_path), holder(tmp_path)
    held = {process.stdout.readline() for process in (first, second)}
    assert held == {"cuda 0\n", "cuda 1\n"}
    third = holder(tmp_path)
    second.communicate("")
    assert third.stdout.readline() in held
    for process in (first, third):
        process.communicate("")


def test_a_job_without_gpu_sees_none(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert claim_device(0) == "cpu"
    assert os.environ["CUDA_VISIBLE_DEVICES"] == ""
