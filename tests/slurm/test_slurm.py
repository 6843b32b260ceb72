"""A study on a real Slurm through profiles/slurm, which loses three jobs on the way: the same bytes as on one machine.

Two jobs are cancelled and one is pushed out by a job of a partition that may do so. The study is nano's of one model, which
has every rule of the whole one.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.slurm.cluster import ask, cluster, missing, running
from tests.workflow.one_model import one_model
from tests.workflow.project import ROOT, Project, clean_environment

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

CONFIG = "config/one.yaml"
VICTIMS = ("train_model", "sampled-tail-39-last")
PUSHED_OUT = "sampled-baseline"
MEASURED_IN_SECONDS = {"slicing", "logs", "benchmarks"}


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    with cluster(tmp_path_factory.mktemp("slurm") / "state"):
        yield


def a_project(folder: Path) -> Project:
    project = Project.copy_of(ROOT, folder)
    (project.folder / CONFIG).write_text(yaml.safe_dump(one_model(), sort_keys=False))
    return project


def submitting(project: Project, *arguments: str) -> subprocess.Popen:
    """Snakemake under the profile; what it gives to sbatch is written to `calls`."""
    commands = project.folder / "commands"
    commands.mkdir()
    (commands / "sbatch").write_text(f'#!/bin/sh\necho "$@" >>"{project.folder}/calls"\nexec /usr/bin/sbatch "$@"\n')
    (commands / "sbatch").chmod(0o755)
    paths = os.pathsep.join([str(commands), str(Path(sys.executable).parent), os.environ["PATH"]])
    command = [sys.executable, "-m", "snakemake", "--workflow-profile", "profiles/slurm", f"--configfile={CONFIG}"]
    # The profile asks less often how its jobs are doing than jobs of seconds are worth.
    command += ["--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "5", *arguments]
    with (project.folder / "console").open("w") as console:
        return subprocess.Popen(
            command, cwd=project.folder, env=clean_environment() | {"PATH": paths}, stdout=console, stderr=subprocess.STDOUT
        )


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
        if pushed:
            restarts = int(re.search(r"Restarts=(\d+)", ask("scontrol", "show", "job", pushed))[1])
        time.sleep(0.3)
    assert cancelled == set(VICTIMS)
    return restarts


def test_a_study_that_loses_three_jobs_has_the_bytes_of_a_local_run(slurm, tmp_path):
    there = a_project(tmp_path / "there")
    process = submitting(there, "all")
    restarts = lose_jobs(process)
    console = (there.folder / "console").read_text()
    assert process.returncode == 0, console[-6000:]
    assert restarts == 1

    calls = (there.folder / "calls").read_text().splitlines()
    submitted = [(re.search(r"--comment (\S+)", call)[1], call) for call in calls]
    assert all(" -p cpu " in call and "--gpus" not in call for call in calls)
    for victim in VICTIMS:
        first, second = (int(re.search(r"--mem (\d+)", call)[1]) for comment, call in submitted if victim in comment)
        assert second == 2 * first

    here = a_project(tmp_path / "here")
    here.run("--cores", "2", "all", "--quiet", "rules", config=CONFIG)
    files = results(here)
    assert files == results(there)
    assert [name for name in files if contents(here, name) != contents(there, name)] == []


def results(project: Project) -> list[str]:
    folder = project.folder / "results"
    found = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file())
    return [str(path) for path in found if not MEASURED_IN_SECONDS & set(path.parts)]


def contents(project: Project, name: str) -> bytes:
    return (project.folder / "results" / name).read_bytes()
