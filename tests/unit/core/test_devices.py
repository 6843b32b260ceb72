"""Two jobs never hold one device, unless both said that they share it."""

import errno
import fcntl
import os
import select
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from semantic_bottleneck.errors import UserError
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


def holder(folder, slots=1, devices="0,1", gpus=1, code=HOLDER):
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": devices, "PYTHONPATH": str(SCRIPTS)}
    environment.pop("SLURM_JOB_ID", None)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
    return subprocess.Popen([sys.executable, "-c", code, str(folder), str(slots), str(gpus)], **pipes)


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


def test_a_second_user_may_use_the_locks_whatever_the_umask_of_the_first(tmp_path):
    tmp_path.chmod(0o755)
    before = os.umask(0o077)
    try:
        devices._share(tmp_path / "locks")
        devices._lock(tmp_path / "locks/0.lock", fcntl.LOCK_EX)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "locks").stat().st_mode) == 0o1777
    assert stat.S_IMODE((tmp_path / "locks/0.lock").stat().st_mode) == 0o666


@pytest.mark.parametrize("plant", ["symlink", "dangling", "hardlink", "folder", "pipe"])
def test_what_is_planted_in_a_locks_place_is_refused_and_left_alone(tmp_path, monkeypatch, plant):
    victim, lock = tmp_path / "victim", tmp_path / "locks/0.lock"
    victim.write_text("precious")
    lock.parent.mkdir()
    {
        "symlink": lambda: lock.symlink_to(victim),
        "dangling": lambda: lock.symlink_to(tmp_path / "absent"),
        "hardlink": lambda: lock.hardlink_to(victim),
        "folder": lock.mkdir,
        "pipe": lambda: os.mkfifo(lock),
    }[plant]()
    mode = victim.stat().st_mode
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    reason = {"hardlink": "it is not a file of its own", "pipe": "it is not a file of its own"}.get(plant, ".+")
    sentence = rf"0\.lock, which says that a GPU is taken, cannot be opened or locked \({reason}\).*remove it"
    with pytest.raises(UserError, match=sentence):
        claim_device(1, folder=lock.parent)
    assert victim.read_text() == "precious"
    assert victim.stat().st_mode == mode
    assert not (tmp_path / "absent").exists()


def test_a_link_in_the_folders_place_is_refused(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "locks").symlink_to(tmp_path / "elsewhere")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    with pytest.raises(UserError, match="is no folder; remove it"):
        claim_device(1, folder=tmp_path / "locks")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_file_system_without_locks_is_told(tmp_path, monkeypatch):
    def flock(file, kind):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(devices.fcntl, "flock", flock)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    with pytest.raises(UserError, match=r"\(Function not implemented\).*set TMPDIR to a folder on a local disk"):
        claim_device(1, folder=tmp_path)


def test_each_machine_has_a_folder_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setattr(devices.tempfile, "gettempdir", lambda: str(tmp_path))
    assert devices._default_folder().name.startswith("semantic-bottleneck-gpu-locks-")
    assert Path("/proc/sys/kernel/random/boot_id").read_text().strip() in devices._default_folder().name


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_a_second_user_waits_for_the_first(tmp_path):
    place = Path(tempfile.mkdtemp(dir="/var/tmp"))
    try:
        place.chmod(0o1777)
        first = holder(place / "locks", devices="0")
        assert first.stdout.readline() == "cuda 0\n"
        second = holder(
            place / "locks", devices="0", code=HOLDER.replace("gpus,", "os.setgid(65534); os.setuid(65534); gpus,", 1)
        )
        assert select.select([second.stdout], [], [], 1.5)[0] == []
        assert second.poll() is None
        first.communicate("")
        assert second.stdout.readline() == "cuda 0\n"
        second.communicate("")
    finally:
        shutil.rmtree(place)
