"""A killed run's lock goes where its death is certain, and stays where it is not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from semantic_bottleneck.job import dead_runs

SCRIPTS = Path(__file__).resolve().parents[3] / "workflow_scripts"
RUN = """
import sys
from pathlib import Path
from semantic_bottleneck.job.dead_runs import begin_run
print(begin_run(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def records(tmp_path):
    (tmp_path / ".snakemake/locks").mkdir(parents=True)
    return tmp_path / ".snakemake"


def run(records: Path) -> tuple[subprocess.Popen, str]:
    """A process that works in the folder, and what it said of dead ones."""
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS)}
    command = [sys.executable, "-c", RUN, str(records)]
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().strip()


def leave_lock(records: Path) -> Path:
    lock = records / "locks/0.output.lock"
    lock.write_text("results/x\n")
    return lock


def kill(process: subprocess.Popen) -> None:
    process.kill()
    process.communicate()


def test_the_lock_of_a_killed_run_is_removed_once(records):
    process, said = run(records)
    assert said == "None"
    lock = leave_lock(records)
    kill(process)
    process, said = run(records)
    assert said.startswith("The Snakemake that last worked here was killed; its lock is removed")
    assert not lock.exists()
    process.communicate("")
    assert list((records / "running").iterdir()) == []


def test_a_call_that_makes_nothing_leaves_no_folder(tmp_path):
    process, _ = run(tmp_path / ".snakemake")
    assert (tmp_path / ".snakemake/running").is_dir()
    process.communicate("")
    assert not list(tmp_path.iterdir())


def test_folders_that_hold_more_stay(tmp_path):
    process, _ = run(tmp_path / ".snakemake")
    (tmp_path / ".snakemake/metadata").mkdir()
    process.communicate("")
    assert [path.name for path in (tmp_path / ".snakemake").iterdir()] == ["metadata"]


def test_the_lock_of_a_living_run_stays(records):
    first, _ = run(records)
    second, _ = run(records)
    lock = leave_lock(records)
    kill(first)
    third, said = run(records)
    assert said == "None"
    assert lock.exists()
    for process in (second, third):
        process.communicate("")
    fourth, said = run(records)  # now only the dead one is left of those that may have made it
    assert said.startswith("The Snakemake")
    fourth.communicate("")


@pytest.mark.parametrize("left", [[], ["another-start-of-a-machine.4026531836.7"], ["not a record"]])
def test_a_lock_that_may_be_another_machines_stays(records, left):
    (records / "running").mkdir()
    for name in left:
        (records / "running" / name).touch()
    lock = leave_lock(records)
    process, said = run(records)
    assert said == "None"
    assert lock.exists()
    process.communicate("")


def test_a_lock_stays_while_a_job_of_the_dead_run_is_alive(records):
    process, _ = run(records)
    lock = leave_lock(records)
    kill(process)
    script = records / "scripts/tmp1.job.py"
    script.parent.mkdir()
    script.write_text("print(flush=True); input()")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    job = subprocess.Popen([sys.executable, str(script)], cwd=records.parent, **pipes)
    job.stdout.readline()
    process, said = run(records)
    assert (said, lock.exists()) == ("None", True)
    job.communicate("\n")
    process.communicate("")


def test_a_younger_process_with_the_number_of_a_dead_one_is_another(records):
    record = records / "running" / f"{dead_runs._machine()}.{os.getpid()}"
    record.parent.mkdir()
    record.touch()
    assert not dead_runs._is_dead(record)
    os.utime(record, (1, 1))
    assert dead_runs._is_dead(record)
