"""The profiles for other schedulers than Slurm, on commands that stand in for the scheduler's and run the jobs here."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.project import ROOT, Project, clean_environment

SCRIPTS = ROOT / "profiles/cluster-generic"

# The first job is lost after it was submitted, as to an operator's hand.
BSUB = """#!/bin/sh
cd "$(dirname "$0")"
echo "$@" >>calls
number=$(wc -l <calls)
for script; do :; done
(if [ $number != 1 ] && sh "$script"; then echo DONE >$number; else echo EXIT >$number; fi) >log.$number 2>&1 &
echo "Job <$number> is submitted to queue <normal>."
"""
BJOBS = """#!/bin/sh
cd "$(dirname "$0")"
for number; do :; done
cat $number 2>/dev/null || echo RUN
"""


def command(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def answer(script: str, folder: Path, *arguments: str) -> str:
    """What a script of the profile prints where only the commands of `folder` and the shell's own are found."""
    environment = {"PATH": f"{folder}:/usr/bin:/bin"}
    return subprocess.run(
        [str(SCRIPTS / script), *arguments], env=environment, cwd=folder, text=True, stdout=-1, check=True
    ).stdout.strip()


def test_a_study_runs_on_lsf_and_a_lost_job_is_submitted_again_with_more_memory(tmp_path):
    project, commands = Project.copy_of(ROOT, tmp_path / "project"), tmp_path / "commands"
    command(commands, "bsub", BSUB)
    command(commands, "bjobs", BJOBS)
    call = [sys.executable, "-m", "snakemake", "--workflow-profile", "profiles/cluster-generic", "--latency-wait", "5"]
    call += ["--configfile=config/nano.yaml", "results/nano/tables/audit.md"]
    environment = clean_environment() | {"PATH": f"{commands}:{os.environ['PATH']}"}
    done = subprocess.run(call, cwd=project.folder, env=environment, text=True, stdout=-1, stderr=-2, check=False)
    assert done.returncode == 0, done.stdout[-6000:]
    assert (project.folder / "results/nano/tables/audit.parquet").exists()
    first, second = (commands / "calls").read_text().splitlines()
    assert first.startswith("-q normal -n 1 -R span[hosts=1] rusage[mem=2000MB] -W 10 -wa TERM -wt 3 ")
    assert "mem=4000MB" in second
    assert project.planned("results/nano/tables/audit.md") == {}


def test_a_job_that_asks_for_a_gpu_goes_to_the_queue_that_has_them(tmp_path):
    command(tmp_path, "bsub", '#!/bin/sh\necho "$@" >>calls\necho "Job <7> is submitted to queue <gpu>."\n')
    assert answer("submit", tmp_path, "1", "16000", "1440", "1", "job.sh") == "7"
    assert (tmp_path / "calls").read_text().startswith("-q gpu -gpu num=1 -n 1 ")


def test_grid_engine_is_asked_in_its_own_words(tmp_path):
    command(tmp_path, "qsub", '#!/bin/sh\necho "$@" >>calls\necho 7\n')
    assert answer("submit", tmp_path, "2", "16000", "60", "1", "job.sh") == "7"
    asked = (tmp_path / "calls").read_text()
    assert re.search(r"-pe smp 2 -l h_vmem=8000M -l h_rt=3600 -l gpu=1 job\.sh$", asked)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("DONE", "success"),
        ("EXIT", "failed"),
        ("PEND", "running"),
        ("LSF is down.", "running"),
        ("Job <7> is not found", "failed"),
    ],
)
def test_what_lsf_says_of_a_job(tmp_path, said, status):
    command(tmp_path, "bjobs", f'#!/bin/sh\necho "{said}"\n')
    assert answer("status", tmp_path, "7") == status


@pytest.mark.parametrize(
    ("known", "record", "status"),
    [
        (True, "", "running"),
        (False, "", "running"),  # ended just now, and not yet in the books
        (False, "failed       0\nexit_status  0", "success"),
        (False, "failed       0\nexit_status  1", "failed"),
        (False, "failed       100 : assumedly after job\nexit_status  137", "failed"),
    ],
)
def test_what_grid_engine_says_of_a_job(tmp_path, known, record, status):
    command(tmp_path, "qstat", f"#!/bin/sh\nexit {0 if known else 1}\n")
    command(tmp_path, "qacct", f'#!/bin/sh\necho "{record}"\nexit {0 if record else 1}\n')
    assert answer("status", tmp_path, "7") == status
