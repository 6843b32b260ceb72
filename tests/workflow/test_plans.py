"""Profiles, graphs and the paper study, as far as a dry run shows them."""

import json
import logging
import re
from types import SimpleNamespace

import pytest
import yaml
from snakemake_executor_plugin_slurm.partitions import get_best_partition, read_partition_file

from tests.workflow.project import ROOT, Project

GPU_RULES = ("run_trunk", "run_branch", "decode_examples", "extract_features", "fetch_checkpoint", "train_model")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    project = Project.copy_of(ROOT, tmp_path_factory.mktemp("fresh") / "project")
    path = project.folder / "config/config.yaml"
    # What is planned does not depend on how often; twenty shards of everything take seconds per dry run.
    path.write_text(path.read_text().replace("shards: 20", "shards: 1"))
    return project


def test_table1_of_the_paper_reads_conditioners_and_nothing_else(fresh):
    planned = fresh.planned("table1", config="")
    assert planned["read_conditioner"] == 6  # the columns whose conditions need no data of the user's
    assert not planned.keys() & set(GPU_RULES)


def test_tables_2_3_and_6_of_the_paper_share_their_samples(fresh):
    planned = fresh.planned("table2", "table3", "table6", config="")
    assert planned["run_trunk"] == planned["fetch_checkpoint"] == 6
    assert planned["run_branch"] == 13 + 5 * 3
    assert planned["extract_features"] == planned["score_variant"] == 34
    assert planned["fetch_decoder"] == 2
    assert planned["fetch_evaluator"] == 3


@pytest.mark.parametrize("target", ["table1", "table4", "table5", "figures", "report", "all"])
def test_the_paper_study_plans(fresh, target):
    assert fresh.planned(target, config="")[target] == 1


@pytest.mark.parametrize("profile", ["profiles/default", "profiles/slurm", "profiles/cluster-generic"])
@pytest.mark.parametrize("config", ["", "config/miniature.yaml"])
def test_profiles_dry_run(fresh, profile, config):
    assert fresh.planned("all", config=config, options=("--workflow-profile", profile))["all"] == 1


def asked_for(output: str) -> dict[str, dict]:
    """Rule -> the resources that a dry run prints for one of its jobs, whole numbers as such."""
    jobs = re.findall(r"(?<!local)rule (\w+):\n(?:.+\n)+?\s+resources: (.+)", output)
    values = {rule: dict(re.findall(r"(\w+)=([\w.=@-]+)", resources)) for rule, resources in jobs}
    return {
        rule: {name: int(value) if value.isdigit() else value for name, value in resources.items()}
        for rule, resources in values.items()
    }


def test_short_jobs_are_grouped_on_a_cluster_and_gpu_jobs_only_with_what_follows_on_the_same_gpu(fresh):
    groups = yaml.safe_load((ROOT / "profiles/slurm/profile.yaml").read_text())["groups"]
    output = fresh.run("-n", "-F", "all", "dier", "dynamics", "--workflow-profile", "profiles/slurm").stdout
    asked = asked_for(output)
    assert {"read_trained_conditioner", "measure_geometry", "render_table", "render_figure"} <= asked.keys() & groups.keys()
    short = {rule for rule in asked.keys() & groups.keys() if not groups[rule].startswith("sampled")}
    for rule in short:
        assert asked[rule]["gpu"] == 0
        assert asked[rule]["runtime"] <= 60, rule
    assert {rule for rule in groups if groups[rule].startswith("sampled")} == {"run_trunk", "run_branch", "extract_features"}
    alone = {"train_model", "train_dier", "train_dynamics", "embed_reference", "decode_examples"}
    assert alone <= asked.keys()
    assert not alone & groups.keys()


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_every_rule_gets_a_partition_with_gpus_exactly_if_it_asks_for_one(fresh, device):
    """By the executor plugin's own choice among the profile's partitions, also at the last attempt."""
    logger = logging.getLogger("partitions")
    partitions = read_partition_file(ROOT / "profiles/slurm/partitions.yaml")
    config = fresh.configured(f"on-{device}", device=("device: cpu\n  last_share", f"device: {device}\n  last_share"))
    arguments = ("-n", "-F", "all", "dier", "dynamics", "--workflow-profile", "profiles/slurm")
    asked = asked_for(fresh.run(*arguments, config=config).stdout)
    attempts = yaml.safe_load((ROOT / "profiles/slurm/profile.yaml").read_text())["retries"] + 1
    for rule, resources in asked.items():
        job = SimpleNamespace(name=rule, threads=1, resources=resources | {"mem_mb": attempts * resources["mem_mb"]})
        assert get_best_partition(partitions, job, logger) == ("gpu" if resources.get("gpu") else "cpu"), rule
    with_gpu = {rule for rule, resources in asked.items() if resources.get("gpu")}
    assert with_gpu >= {"run_trunk", "run_branch", "extract_features", "embed_reference"} if device == "auto" else not with_gpu


def test_every_rule_asks_for_more_memory_with_every_attempt():
    rules = "".join(path.read_text() for path in (ROOT / "rules").glob("*.smk"))
    stated = re.findall(r"mem_mb=(\w+)", rules)
    assert len(stated) > 40
    assert set(stated) == {"growing", "condition_memory"}


def test_the_profile_groups_rules_that_there_are():
    groups = yaml.safe_load((ROOT / "profiles/slurm/profile.yaml").read_text())["groups"]
    text = "".join(path.read_text() for path in (ROOT / "rules").glob("*.smk"))
    assert groups.keys() <= set(re.findall(r"^ *(?:rule|use rule \w+ as) (\w+)", text, flags=re.M))


def test_only_one_gpu_job_runs_at_a_time_by_default(fresh):
    config = fresh.configured("gpu", device=("device: cpu\n  last_share", "device: auto\n  last_share"))
    output = fresh.run("-n", "results/nano/latents/sit-nano/baseline/000.parquet", config=config).stdout
    assert "gpu=1" in output
    assert "gpu: 1" in (fresh.folder / "profiles/default/profile.yaml").read_text()


def test_the_plan_of_the_paper_study_runs_nothing_of_it(fresh):
    assert fresh.planned("plan", config="") == {"calibrate_device": 1, "write_plan": 1, "plan": 1}


def test_the_plan_is_printed_before_anything_runs_and_again_at_every_call(fresh, tmp_path):
    project = Project.copy_of(fresh.folder, tmp_path / "project")
    output = project.run("--cores", "1", "plan").stdout
    assert "| everything, each variant once | 4 | 2,880 | 2,400 | 0.833 |" in output
    assert "CPU-hours in all" in output
    folder = project.folder / "results/nano"
    assert {path.name for path in folder.iterdir()} == {"plan", "logs", "benchmarks"}
    assert project.planned("plan") == {"plan": 1}
    # The baseline is guided everywhere: 60 samples, six steps of two evaluations; the late variant has two of them.
    plan = json.loads((folder / "plan/plan.json").read_text())
    assert plan["tables"]["table6"]["planned"] == 60 * 2 * (6 + 2)


@pytest.mark.parametrize("graph", ["--rulegraph", "--dag"])
def test_graphs_are_dot(fresh, graph):
    output = fresh.run("all", graph).stdout
    assert "digraph snakemake_dag" in output
    assert "run_trunk" in output


def test_a_card_that_extends_another_is_not_trained_again(fresh):
    planned = fresh.planned("table6", config="config/miniature.yaml")
    assert planned["run_trunk"] == 5
    assert planned["train_model"] == 4


def written_commands():
    """The snakemake commands that README and pages print whole, without what needs conda, a cluster, a bucket, results of
    before, or the study that `inspect` writes."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    lines = [line.strip() for page in pages for line in re.findall(r"^    snakemake ([^#\n]+)", page.read_text(), flags=re.M)]
    return sorted(
        {line for line in lines if not re.search(r"--use-conda|slurm|TARGET|BUCKET|compare|mymodel\.yaml|[<\[]", line)}
    )


@pytest.mark.parametrize("command", written_commands())
def test_written_commands_plan(fresh, command):
    assert fresh.run(*command.split(), *([] if "-n" in command.split() else ["-n"]), config="").returncode == 0


def test_the_pages_were_read():
    assert len(written_commands()) >= 6
