"""Two jobs never hold one device, unless both said that they share it."""

import inspect
import os
import select
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from semantic_bottleneck.job import devices
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


@pytest.fixture
def here(monkeypatch, tmp_path):
    """Claims of this very process, which are given back at the end; one that has to wait is an error."""
    held, waits = [], []
    monkeypatch.setattr(devices, "_held", held)
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)

    def sleep(seconds):
        waits.append(seconds)
        raise TimeoutError

    monkeypatch.setattr(devices.time, "sleep", sleep)
    monkeypatch.setattr(devices.random, "uniform", lambda low, high: (low, high)[len(waits) % 2])

    def claim(names, *arguments, **options):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", names)
        return claim_device(*arguments, folder=tmp_path / "locks", **options), os.environ["CUDA_VISIBLE_DEVICES"]

    yield claim, waits
    for lock in held:
        lock.close()


def test_a_job_that_asks_for_more_devices_than_there_are_gets_them_all(here):
    claim, _ = here
    assert claim("0, 1,", 3) == ("cuda", "0,1")


def test_without_devices_there_is_the_cpu(here):
    claim, _ = here
    assert claim("", 1) == ("cpu", "")
    assert claim(" , ", 1) == ("cpu", " , ")


def test_one_place_too_few_is_waited_for(here):
    """Between half and one and a half times the patience, so that two that wait do not meet again."""
    claim, waits = here
    assert claim("0,1", 1) == ("cuda", "0")
    for patience in (4.0, 4.0):
        with pytest.raises(TimeoutError):
            claim("0,1", 2, patience=patience)
    assert waits == [2.0, 6.0]
    assert claim("0,1", 1) == ("cuda", "1")  # which they did not keep


def test_alone_and_patient_for_a_second_unless_the_study_says_otherwise():
    parameters = inspect.signature(claim_device).parameters
    assert {name: parameters[name].default for name in ("slots", "patience")} == {"slots": 1, "patience": 1.0}


def test_everybody_may_add_locks_and_nobody_take_those_of_others_away(here, tmp_path):
    claim, _ = here
    claim("0", 1, slots=2)
    assert stat.S_IMODE((tmp_path / "locks").stat().st_mode) == 0o1777
    assert {path.name for path in (tmp_path / "locks").iterdir()} == {"0.lock", "0.0.lock"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "locks").iterdir()} == {0o644}
