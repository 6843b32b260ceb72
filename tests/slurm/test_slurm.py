"""A study on a real Slurm through profiles/slurm, which loses three jobs on the way: the same bytes as on one machine.

Two jobs are cancelled and one is pushed out by a job of a partition that may do so. The study is nano's of one model, which
has every rule of the whole one.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import yaml

from tests.slurm.cluster import CONFIGURATION, ask, cluster, missing, running
from tests.workflow.one_model import one_model
from tests.workflow.project import ROOT, Project, clean_environment

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

CONFIG = "config/one.yaml"
VICTIMS = ("train_model", "sampled-tail-39-last")
PUSHED_OUT = "sampled-baseline"
SECONDS = "results/nano/slicing/sit-nano.parquet"


@pytest.fixture
def slurm(tmp_path):
    with cluster(tmp_path / "state"):
        yield


def a_project(folder: Path) -> Project:
    project = Project.copy_of(ROOT, folder)
    (project.folder / CONFIG).write_text(yaml.safe_dump(one_model(), sort_keys=False))
    return project


@contextmanager
def submitting(project: Project, *arguments: str) -> Iterator[subprocess.Popen]:
    """Snakemake under the profile, at most as long as the block; what it gives to sbatch is written to `calls`."""
    commands = project.folder / "commands"
    commands.mkdir()
    (commands / "sbatch").write_text(f'#!/bin/sh\necho "$@" >>"{project.folder}/calls"\nexec /usr/bin/sbatch "$@"\n')
    (commands / "sbatch").chmod(0o755)
    paths = os.pathsep.join([str(commands), str(Path(sys.executable).parent), os.environ["PATH"]])
    command = [sys.executable, "-m", "snakemake", "--workflow-profile", "profiles/slurm", f"--configfile={CONFIG}"]
    # The profile asks less often how its jobs are doing than jobs of seconds are worth.
    command += ["--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "5", *arguments]
    environment = clean_environment() | {"PATH": paths}
    with (project.folder / "console").open("w") as console:
        process = subprocess.Popen(command, cwd=project.folder, env=environment, stdout=console, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def lose_jobs(process: subprocess.Popen) -> int:
    """Cancel each of VICTIMS once and have PUSHED_OUT pushed out, as soon as they run; how often the latter was restarted."""
    cancelled, pushed, restarts = set(), "", 0
    while process.poll() is None:
        for number, comment in running().items():
            for victim in set(VICTIMS) - cancelled:
                if victim in comment:
                    ask("scancel", number)
                    cancelled.add(victim)
            if not pushed and PUSHED_OUT in comment:
                pushed = number
                ask("sbatch", "--partition=urgent", "--ntasks=2", "--output=/dev/null", "--wrap", "sleep 1")
        for number in ask("squeue", "-h", "-t", "PD", "-o", "%i %r").splitlines():
            if number.endswith(" BeginTime"):  # Slurm lets a job that was pushed out wait for two minutes
                ask("scontrol", "update", f"jobid={number.split()[0]}", "StartTime=now")
        # Slurm forgets a job five minutes after its end.
        if pushed and (said := re.search(r"Restarts=(\d+)", ask("scontrol", "show", "job", pushed))):
            restarts = int(said[1])
        time.sleep(0.3)
    assert cancelled == set(VICTIMS)
    return restarts


def test_a_study_that_loses_three_jobs_has_the_bytes_of_a_local_run(slurm, tmp_path):
    here, there = a_project(tmp_path / "here"), a_project(tmp_path / "there")
    with submitting(there, "all") as process:
        restarts = lose_jobs(process)
    console = (there.folder / "console").read_text()
    assert process.returncode == 0, console[-6000:]
    assert restarts == 1

    calls = (there.folder / "calls").read_text().splitlines()
    assert all(" -p cpu " in call and "--gpus" not in call for call in calls)
    for victim in VICTIMS:
        memory = [int(re.search(r"--mem (\d+)", call)[1]) for call in calls if victim in re.search(r"--comment (\S+)", call)[1]]
        assert len(memory) == 2
        assert memory[1] == 2 * memory[0]

    here.run("--cores", "2", "all", "--quiet", "rules", config=CONFIG)
    # The seconds that pruned layers take are measured anew in every run; with one run's seconds all the rest is equal.
    shutil.copy(there.folder / SECONDS, here.folder / SECONDS)
    here.run("--cores", "2", "all", "--quiet", "rules", config=CONFIG)
    assert results(here) == results(there)
    assert [name for name, content in results(here).items() if content != results(there)[name]] == []


def test_nothing_is_left_of_the_cluster_and_a_configured_one_is_not_touched(tmp_path):
    with cluster(tmp_path / "state"):
        assert ask("sinfo", "-h", "-o", "%P").split() == ["cpu*", "gpu", "urgent"]
        assert missing() == ""
    left = [process for process in psutil.process_iter(["name", "status"]) if process.info["name"] in ("slurmctld", "slurmd")]
    assert [process for process in left if process.info["status"] != psutil.STATUS_ZOMBIE] == []
    assert not (CONFIGURATION / "slurm.conf").exists()
    CONFIGURATION.mkdir(exist_ok=True)
    (CONFIGURATION / "slurm.conf").write_text("ClusterName=somebodys\n")
    try:
        assert missing() == f"a Slurm is configured here already ({CONFIGURATION / 'slurm.conf'})"
    finally:
        (CONFIGURATION / "slurm.conf").unlink()


def results(project: Project) -> dict[str, bytes]:
    """Name -> contents of every result."""
    folder = project.folder / "results"
    names = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    return {str(name): (folder / name).read_bytes() for name in sorted(names) if not {"logs", "benchmarks"} & set(name.parts)}
