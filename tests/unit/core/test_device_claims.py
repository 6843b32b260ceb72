"""What one process claims of the devices; jobs that compete: test_devices.py."""

import inspect
import os
import stat

import pytest

from semantic_bottleneck.job import devices
from semantic_bottleneck.job.devices import claim_device


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


@pytest.mark.parametrize(("gpus", "found"), [(None, ("cpu", "")), (0, ("cpu", "")), (2, ("cuda", "0,1"))])
def test_without_a_list_the_drivers_gpus_are_counted(here, tmp_path, monkeypatch, gpus, found):
    driver = tmp_path / "gpus"
    if gpus is not None:
        driver.mkdir()
    for number in range(gpus or 0):
        (driver / f"0000:0{number}:00.0").mkdir()
    monkeypatch.setattr(devices, "Path", lambda name: {"/proc/driver/nvidia/gpus": driver}[name])
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert (claim_device(2, folder=tmp_path / "locks"), os.environ.get("CUDA_VISIBLE_DEVICES", "")) == found


def test_the_folders_above_the_locks_are_made_too(here, tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert claim_device(1, folder=tmp_path / "not/yet/locks") == "cuda"


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
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "locks").iterdir()} == {0o666}


def test_all_jobs_of_a_machine_keep_their_locks_in_one_folder(here, tmp_path, monkeypatch):
    monkeypatch.setattr(devices.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert claim_device(1) == "cuda"
    assert len(list(tmp_path.glob("semantic-bottleneck-gpu-locks*/0.lock"))) == 1


def test_a_scheduler_is_obeyed_where_it_gave_as_many_as_asked_for_or_fewer(here, tmp_path, monkeypatch):
    claim, _ = here
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    assert claim("3", 1) == ("cuda", "3")
    assert claim("2,5", 2) == ("cuda", "2,5")
    assert claim("4", 2) == ("cuda", "4")
    assert not (tmp_path / "locks").exists()
    assert claim("0,1,2,3", 2) == ("cuda", "0,1")
    assert (tmp_path / "locks").exists()


def test_sharers_fill_the_places_of_a_device_and_then_the_next(here):
    claim, _ = here
    found = [claim("0,1", 1, slots=2)[1] for _ in range(4)]
    assert found == ["0", "0", "1", "1"]
    with pytest.raises(TimeoutError):
        claim("0,1", 1, slots=2)


def test_who_is_alone_on_a_device_shares_it_with_nobody(here):
    claim, _ = here
    assert claim("0,1", 1) == ("cuda", "0")
    assert claim("0,1", 1, slots=2) == ("cuda", "1")
    with pytest.raises(TimeoutError):
        claim("1", 1)
