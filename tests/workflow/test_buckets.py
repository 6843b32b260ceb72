"""Results in a bucket instead of on this disk: the same files, to the byte."""

import re
import subprocess
from pathlib import Path

import yaml

from tests.workflow.bucket import BUCKET, PREFIX, bucket, storage_environment, stored
from tests.workflow.one_model import one_model
from tests.workflow.project import ROOT, Project, count_rules

CONFIG = "config/one.yaml"
TARGETS = ("table1", "table2")
TIMES = ("logs", "benchmarks")


def a_project(folder: Path) -> Project:
    project = Project.copy_of(ROOT, folder)
    (project.folder / CONFIG).write_text(yaml.safe_dump(one_model(), sort_keys=False))
    return project


def with_bucket(project: Project, address: str, *arguments: str) -> str:
    """What a Snakemake prints that keeps its results there."""
    call = project.command(*arguments, "--configfile", CONFIG, "--default-storage-provider", "s3")
    call += ["--default-storage-prefix", f"s3://{BUCKET}/{PREFIX}", "--storage-s3-endpoint-url", address]
    run = subprocess.run(call, cwd=project.folder, env=storage_environment(), text=True, stdout=-1, stderr=-2, check=False)
    assert run.returncode == 0, run.stdout[-6000:]
    return run.stdout


def test_tables_whose_files_are_kept_in_a_bucket_have_the_bytes_of_a_run_on_this_disk(tmp_path):
    here, there = a_project(tmp_path / "here"), a_project(tmp_path / "there")
    here.run("--cores", "2", *TARGETS, config=CONFIG)
    with bucket(tmp_path / "server.log") as address:
        with_bucket(there, address, "--cores", "2", *TARGETS)
        kept = stored(address)
        assert count_rules(with_bucket(there, address, "-n", *TARGETS)) == {}
    made = (path for path in (here.folder / "results").rglob("*") if path.is_file())
    own = {path.relative_to(here.folder).as_posix(): path.read_bytes() for path in made}
    assert kept.keys() == own.keys()
    numbers = [name for name in own if Path(name).parts[2] not in TIMES]
    assert {Path(name).parts[2] for name in numbers} >= {"checkpoints", "geometry", "features", "scores", "tables"}
    assert [name for name in numbers if kept[name] != own[name]] == []
    assert not (there.folder / "results/nano").exists()


def test_every_job_of_a_study_is_planned_as_a_pod_or_where_snakemake_was_started(tmp_path):
    project = a_project(tmp_path / "project")
    with bucket(tmp_path / "server.log") as address:
        call = ("-n", "all", "--workflow-profile", "profiles/kubernetes", "--container-image", "registry.example.org/it:1")
        plan = with_bucket(project, address, *call)
    assert count_rules(plan) == project.planned("all", config=CONFIG)
    # The executor refuses a job that states `gpu`, as all do, without it.
    resources = re.findall(r"^    resources: .*\bgpu=.*", plan, flags=re.M)
    assert len(resources) > 20
    assert all("gpu_manufacturer=nvidia" in line for line in resources)
