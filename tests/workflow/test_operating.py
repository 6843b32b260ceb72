"""`doctor` says what is missing before anything runs, `progress` how far a run is, also beside one."""

import io
import json
import os
import subprocess

import pytest
import torch

from semantic_bottleneck.job.dead_runs import RUNNING, _machine
from tests.unit.checkpoints.server import FileServer, Served
from tests.workflow.own import CONFIG, own_project, weights
from tests.workflow.project import ROOT, Project, clean_environment

LOCK = ".snakemake/locks/0.output.lock"


@pytest.fixture
def served(tmp_path):
    """A study of one model whose weights a server holds, or no longer holds."""
    server = FileServer({})
    checkpoint = {"files": [{"url": server.url("weights.pt")}], "container": "pt"}
    with server:
        yield own_project(tmp_path / "project", own=checkpoint), server


def answer(project, *arguments, config=CONFIG):
    """Exit status, stdout (what can be read by a machine) and stderr of a call."""
    command = project.command("--cores", "1", *arguments, "--configfile", config, "--config", "form=json")
    environment = clean_environment() | {"HF_TOKEN": "hf_" + "x" * 30}
    done = subprocess.run(command, cwd=project.folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_the_doctor_names_what_is_missing_and_ends_with_0_once_it_is_there(served):
    project, server = served
    status, output, errors = answer(project, "doctor")
    found = json.loads(output)
    assert (status, found["ready"], found["faults"]) == (1, False, [])
    assert "weights.pt" in found["targets"]["table1"]["own"][0]
    assert "Error: Not ready: " in errors
    assert found["logins"]["hub"] == "HF_TOKEN"
    assert "x" * 30 not in output + errors
    assert found["packages"]["pins"].keys() >= {"torch", "pandas"}
    assert found["packages"]["absent"] == []

    stream = io.BytesIO()
    torch.save(weights(), stream)
    server.files["weights.pt"] = Served(stream.getvalue())
    sent = server.sent
    status, output, _ = answer(project, "doctor")
    assert (status, json.loads(output)["ready"]) == (0, True)
    assert server.sent - sent < 2_000  # each source's first bytes
    assert {path.name for path in (project.folder / "results/own").iterdir()} == {"logs"}

    page = project.run("--cores", "1", "doctor", config=CONFIG).stdout
    assert "- table1: ready" in page


@pytest.fixture
def begun(tmp_path):
    """The nano study as a run leaves it while it samples: one shard finished, one in parts, and the folder locked."""
    project = Project.copy_of(ROOT, tmp_path / "project")
    folder = project.folder / "results/nano"
    for path, text in {
        folder / "latents/sit-nano/baseline/000.parquet": "",
        folder / "benchmarks/run_trunk/sit-nano/000.tsv": "s\n30.0\n",
        folder / "latents/sit-nano/tail-39-every/000/f00d-0-10.npz": "",
        folder / "latents/sit-nano/tail-39-every/000/f00d-10-20.npz": "",
        project.folder / f".snakemake/{RUNNING}/{_machine()}.{os.getpid()}": "",
        project.folder / LOCK: "results/nano/latents/sit-nano/tail-39-every/000.parquet\n",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    first = folder / "latents/sit-nano/tail-39-every/000/f00d-0-10.npz"
    os.utime(first, (first.stat().st_mtime - 5,) * 2)
    return project


def test_progress_is_told_beside_a_run_whose_lock_stays(begun):
    assert "LockException" in begun.run("--cores", "1", "table2", check=False).stdout
    output = begun.run("--cores", "1", "progress").stdout
    assert "| sit-nano | baseline      | 60   | 60      | 2 " in output
    assert "| sit-nano | tail-39-every | 20   | 60      | 2 " in output
    assert "80 of 240 samples; 1 job(s) sampling now; " in output
    assert (begun.folder / LOCK).exists()
    status, text, _ = answer(begun, "progress", config="config/nano.yaml")
    assert (status, json.loads(text)["total"]["done"]) == (0, 80)
    assert (begun.folder / LOCK).exists()


def test_another_form_is_refused(begun):
    done = begun.run("--cores", "1", "progress", "--config", "form=xml", check=False)
    assert done.returncode == 1
    assert "Error: --config form=xml: choose text (the default) or json." in done.stdout


def test_jobs_are_planned_when_one_ends_and_not_every_second(copy):
    """Snakemake's limit on starts in a second would plan all ready jobs anew each second, the more so the more have ended."""
    done = copy.run("--cores", "2", "--verbose", "--forcerun", "decode_examples", "--until", "decode_examples")
    finished = done.stdout.count("Finished jobid")
    assert finished >= 4
    assert done.stdout.count("Resources before job selection") <= finished + 1
