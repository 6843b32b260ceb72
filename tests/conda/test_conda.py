"""Every rule of the nano study with --use-conda, from a launcher that holds only Snakemake.

A package that an env file lacks is then missing for real, because nothing of the launcher's can stand in for it.
The environments are kept in .venv-conda and built anew only when an env file, the constraints or the client change.
"""

import json
import os
import re
import subprocess
import sys
import zipfile

import pytest
import yaml
from packaging.utils import canonicalize_name

from tests.conda.channel import MINOR, VERSION
from tests.conda.launcher import CLIENT, PREFIX, launcher, surroundings
from tests.workflow.one_model import one_model
from tests.workflow.project import ROOT, Project

CONFIG = "config/one.yaml"
BROUGHT = {"pip", "setuptools", "wheel"}
"""What conda-forge's Python and pip bring themselves, at versions of their own."""
pytestmark = pytest.mark.skipif(MINOR != "3.11", reason=f"the env files ask for Python 3.11, and this is {MINOR}")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    project = Project.copy_of(ROOT, tmp_path_factory.mktemp("conda") / "project")
    (project.folder / CONFIG).write_text(yaml.safe_dump(one_model(), sort_keys=False))
    return project


@pytest.fixture(scope="module")
def environments(project):
    """The folders of the environments, made before anything runs."""
    run(project, "--conda-create-envs-only")
    found = [path.with_suffix("") for path in PREFIX.glob("*_.yaml")]
    return {path: yaml.safe_load(path.with_suffix(".yaml").read_text()) for path in found}


def run(project, *more):
    command = [*launcher(), "--configfile", CONFIG, "--cores", "2", "--use-conda", "--conda-prefix", str(PREFIX), *more]
    command += ["--quiet", "progress", "--show-failed-logs", "all"]
    done = subprocess.run(
        command,
        env=surroundings(),
        cwd=project.folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]


def test_the_environments_hold_what_was_solved_and_the_versions_of_the_constraints(environments):
    files = [yaml.safe_load((ROOT / f"envs/{name}.yaml").read_text()) for name in ("torch", "report")]
    assert len(environments) == len(files)
    assert all(file in environments.values() for file in files)
    constraints = constrained()
    for folder in environments:
        linked = [json.loads(path.read_text()) for path in (folder / "conda-meta").glob("*.json")]
        assert {record["name"]: record["version"] for record in linked}["python"] == VERSION
        assert {record["channel"].rstrip("/").rpartition("/")[2] for record in linked} == {"conda-forge"}
        assert prefix_of(folder) == str(folder)
        listed = json.loads(subprocess.check_output([folder / "bin/python", "-m", "pip", "list", "--format", "json"]))
        named = {canonicalize_name(package["name"]): package["version"] for package in listed}
        assert {name: named[name] for name in named.keys() - BROUGHT}.items() <= constraints.items()


def constrained():
    """Package -> version in the constraints file."""
    lines = (ROOT / "envs/constraints.txt").read_text().splitlines()
    pins = (line.split(" ;")[0].split("==") for line in lines if "==" in line)
    return {canonicalize_name(name): version for name, version in pins}


def prefix_of(folder):
    """What the environment's Python takes for its prefix, and what a text that names one was rewritten to."""
    code = "import sys, sysconfig; assert sysconfig.get_config_var('prefix') == sys.prefix; print(sys.prefix)"
    return subprocess.check_output([folder / "bin/python", "-c", code], text=True).strip()


def test_every_rule_finds_its_packages_in_the_environment_that_it_names(project, environments):
    alike = {"train_alignment"}  # REPA's, in the script and environment of train_classifier
    assert project.planned(config=CONFIG).keys() == project.planned().keys() - alike
    run(project)
    assert (project.folder / "results/nano/report.html").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("- conda-forge", "- conda-forge\n  - nodefaults"), "channel 'file:.*/nodefaults/'"),
        (("python =3.11", "python =2.7"), "No candidates were found for python 2.7"),
        (("- pip\n", "- pip\n  - numpy\n"), "No candidates were found for numpy"),
        (("python =3.11", "python = = 3.11"), "unable to parse version spec: = = 3.11"),
        (("dependencies:", "depends: []\ndependencies:"), "no key depends"),
    ],
)
def test_the_client_refuses_what_cannot_be_solved(tmp_path, change, sentence):
    text = (ROOT / "envs/report.yaml").read_text()
    assert change[0] in text
    file = tmp_path / "wrong.yaml"
    file.write_text(text.replace(*change))
    command = [CLIENT / "bin/conda", "env", "create", "--quiet", "--file", file, "--prefix", tmp_path / "environment"]
    done = subprocess.run(command, env=surroundings(), text=True, capture_output=True, check=False)
    assert done.returncode == 1
    assert re.search(sentence, done.stderr), done.stderr
    assert not (tmp_path / "environment/bin").exists()


def test_a_cpu_build_is_one_variable(tmp_path):
    """An index that also has builds for the CPU wins over PyPI's: both are the pinned version, and pip takes the build."""
    indexes = [simple_index(tmp_path / name, version) for name, version in (("pypi", "2.15.0"), ("cpu", "2.15.0+cpu"))]
    given = {"PIP_INDEX_URL": indexes[0], "PIP_EXTRA_INDEX_URL": indexes[1], "PIP_CONFIG_FILE": os.devnull}
    given["PIP_CONSTRAINT"] = (ROOT / "envs/constraints.txt").as_uri()
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--no-deps", "--quiet"]
    (pin,) = (pin for pin in torch_section() if pin.startswith("torch=="))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")} | given
    report = subprocess.check_output([*command, "--report", "-", pin], env=environment)
    (item,) = json.loads(report)["install"]
    assert item["metadata"]["version"] == "2.15.0+cpu"


def torch_section():
    dependencies = yaml.safe_load((ROOT / "envs/torch.yaml").read_text())["dependencies"]
    return next(item["pip"] for item in dependencies if isinstance(item, dict))


def simple_index(folder, version):
    """A package index of one empty wheel; its address."""
    place = folder / "torch"
    place.mkdir(parents=True)
    name = f"torch-{version}-py3-none-any.whl"
    info = f"torch-{version}.dist-info"
    with zipfile.ZipFile(place / name, "w") as wheel:
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    (place / "index.html").write_text(f'<!DOCTYPE html><a href="{name}">{name}</a>')
    return folder.as_uri()
