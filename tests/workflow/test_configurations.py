"""Wrong and oddly written configurations through the real `snakemake -n`: the sentence reaches the console, or it plans.

The kinds themselves are tried by the hundred, without Snakemake, in tests/unit/studies.
"""

import re

import pytest
import yaml

from tests.workflow.project import ROOT, Project


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    """The workflow without results."""
    return Project.copy_of(ROOT, tmp_path_factory.mktemp("configurations") / "project")


def dry_run(project: Project, *given: str):
    """A dry run of the nano study with values of `--config`."""
    targets = ("all", "dynamics", "dier", "plan")
    return project.run("-n", "--config", *given, "--configfile=config/nano.yaml", "--", *targets, config="", check=False)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("samples=many", "the value of 'samples' must be a whole number from 2 to 1000000000, not 'many'."),
        ("samples=nan", "the value of 'samples' must be a finite number, not nan."),
        ("samples=True", "the value of 'samples' must be a whole number from 2 to 1000000000, not true."),
        ("sampels=5", "unknown key 'sampels'; did you mean 'samples'?"),
        ("evaluation={groups: some}", "the value of 'evaluation.groups' must be a whole number from 5 to 10000, not 'some'."),
        ("generation=[]", "the value of 'generation' must be a mapping of keys to values, not an empty list."),
        ("dynamics={seeds: 1e9}", "the value of 'dynamics.seeds' must be a whole number from 1 to 1000, not 1000000000."),
        ("study=datasets", "study is 'datasets', a folder that all studies share; choose another name."),
    ],
)
def test_the_sentence_reaches_the_console(project, given, sentence):
    result = dry_run(project, given)
    assert result.returncode != 0
    assert f"config/nano.yaml and --config: {sentence}" in result.stdout
    assert "Traceback" not in result.stdout
    assert re.findall(r"^(Error|\w+(?:Error|Exception))\b", result.stdout, flags=re.M) == ["Error"]


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("config/models/sit-nano.yaml", b"\xff\xfe\xfd", "sit-nano.yaml is not UTF-8 text"),
        ("config/models/sit-nano.yaml", None, "sit-nano.yaml does not exist; check the name."),
        ("config/data/cifar10.yaml", b"", "cifar10.yaml must hold a mapping of keys to values."),
        ("config/nano.yaml", b"samples: 70\n", "config/nano.yaml gives the key 'samples' twice"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(project, file, content, sentence):
    path = project.folder / file
    before = path.read_bytes()
    path.unlink()
    if content is not None:
        path.write_bytes(before + content if file == "config/nano.yaml" else content)
    try:
        result = project.run("-n", "dier", check=False)
    finally:
        path.write_bytes(before)
    assert result.returncode != 0
    assert sentence in result.stdout
    assert "Traceback" not in result.stdout


def test_numbers_are_planned_however_they_are_written(project):
    """As floats and as text; the same samples in the end, so the same jobs."""
    text = (project.folder / "config/nano.yaml").read_text()
    study = yaml.safe_load(text)
    study |= {"samples": "6e1", "seed": 0.0}
    study["generation"]["micro_batch"] = 10.0
    (project.folder / "config/odd.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    usual = project.planned("all")
    assert usual["run_branch"] == 3
    assert project.planned("all", config="config/odd.yaml") == usual
    shards = project.planned("all", options=("--config", "samples=6e1", "generation={shards: 2.0}"))
    assert (shards["run_trunk"], shards["run_branch"]) == (2 * usual["run_trunk"], 6)
