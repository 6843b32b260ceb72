"""Two jobs never hold one device, unless both said that they share it."""

import os
import select
import subprocess
import sys
from pathlib import Path

from semantic_bottleneck.job.devices import claim_device

SCRIPTS = Path(__file__).resolve().parents[3] / "workflow_scripts"
HOLDER = """
import sys, os, time
from pathlib import Path
from semantic_bottleneck.job.devices import claim_device
gpus, slots, folder = int(sys.argv[3]), int(sys.argv[2]), Path(sys.argv[1])
print(claim_device(gpus, slots, folder, patience=0.05), os.environ["CUDA_VISIBLE_DEVICES"], flush=True)
sys.stdin.read()
"""


def holder(folder, slots=1, devices="0,1", gpus=1):
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": devices, "PYTHONPATH": str(SCRIPTS)}
    environment.pop("SLURM_JOB_ID", None)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
    return subprocess.Popen([sys.executable, "-c", HOLDER, str(folder), str(slots), str(gpus)], **pipes)


def test_jobs_get_different_devices_and_a_third_waits_for_a_free_one(tmp_path):
    first, second = holder(tmp_path), holder(tmp_path)
    held = {process.stdout.readline() for process in (first, second)}
    assert held == {"cuda 0\n", "cuda 1\n"}
    third = holder(tmp_path)
    second.communicate("")
    assert third.stdout.readline() in held
    for process in (first, third):
        process.communicate("")


def test_sharing_jobs_fill_the_slots_and_a_lone_one_waits_for_all_of_them(tmp_path):
    first, second = holder(tmp_path, 2, "0"), holder(tmp_path, 2, "0")
    assert {process.stdout.readline() for process in (first, second)} == {"cuda 0\n"}
    third, alone = holder(tmp_path, 2, "0"), holder(tmp_path, 1, "0")
    first.communicate("")
    assert third.stdout.readline() == "cuda 0\n"
    assert select.select([alone.stdout], [], [], 0.3)[0] == []
    for process in (second, third):
        process.communicate("")
    assert alone.stdout.readline() == "cuda 0\n"
    alone.communicate("")


def test_a_job_may_hold_several_devices_and_keeps_none_while_it_waits_for_more(tmp_path):
    first = holder(tmp_path, devices="0,1,2", gpus=2)
    assert first.stdout.readline() == "cuda 0,1\n"
    second, third = holder(tmp_path, devices="0,1,2", gpus=2), holder(tmp_path, devices="0,1,2")
    assert third.stdout.readline() == "cuda 2\n"
    first.communicate("")
    assert second.stdout.readline() == "cuda 0,1\n"
    for process in (second, third):
        process.communicate("")


def test_a_job_without_gpu_sees_none(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert claim_device(0) == "cpu"
    assert os.environ["CUDA_VISIBLE_DEVICES"] == ""


def in_a_slurm_job(folder, devices, gpus):
    """What a job of Slurm gets that asked for `gpus` and sees `devices`."""
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": devices, "PYTHONPATH": str(SCRIPTS), "SLURM_JOB_ID": "7"}
    command = [sys.executable, "-c", HOLDER, str(folder), "1", str(gpus)]
    done = subprocess.run(command, input="", capture_output=True, text=True, env=environment, check=True)
    return done.stdout.strip()


def test_a_scheduler_that_gave_as_many_devices_as_asked_for_is_obeyed(tmp_path):
    assert in_a_slurm_job(tmp_path / "locks", "3", 1) == "cuda 3"
    assert in_a_slurm_job(tmp_path / "locks", "2,5", 2) == "cuda 2,5"
    assert not (tmp_path / "locks").exists()


def test_a_scheduler_that_shows_the_whole_machine_does_not_give_it_away(tmp_path):
    tmp_path.chmod(0o777)
    assert in_a_slurm_job(tmp_path, "0,1,2,3", 1) == "cuda 0"
    assert in_a_slurm_job(tmp_path, "0,1,2,3", 2) == "cuda 0,1"
