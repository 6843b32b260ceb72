"""Every env file holds what its rules import, at the versions of the constraints file."""

import ast
import re
import sys
from pathlib import Path

import pytest
import yaml

from semantic_bottleneck.study.codehash import closure

ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = ROOT / "workflow_scripts"
MODULES = {
    "sklearn": "scikit-learn",
    "PIL": "pillow",
    "yaml": "pyyaml",
    "open_clip": "open-clip-torch",
    "markupsafe": "jinja2",
    "skimage": "scikit-image",
    "urllib3": "requests",
}
"""Import name -> package, where they differ; markupsafe comes with jinja2, urllib3 with requests."""


def normalised(package):
    return re.sub(r"[-_.]+", "-", package).lower()


def pins(lines):
    return {normalised(line.split("==")[0]): line.split("==")[1].split(" ;")[0].strip() for line in lines if "==" in line}


def environment(name):
    dependencies = yaml.safe_load((ROOT / f"envs/{name}.yaml").read_text())["dependencies"]
    return pins(next(item["pip"] for item in dependencies if isinstance(item, dict)))


def rules():
    """(script, env file) of every rule."""
    found = []
    for path in sorted((ROOT / "rules").glob("*.smk")):
        found += re.findall(
            r'"\.\./envs/(\w+)\.yaml"\s+(?:localrule: True\s+)?script:\s+"\.\./workflow_scripts/(\w+\.py)"', path.read_text()
        )
    return [(script, name) for name, script in found]


class OfMypyAlone(ast.NodeTransformer):
    """Takes out what only a type checker reads."""

    def visit_If(self, node):
        return node.orelse if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING" else self.generic_visit(node)


def imported(path):
    for node in ast.walk(OfMypyAlone().visit(ast.parse(path.read_text()))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.split(".")[0]


def test_every_rule_was_found():
    assert len(rules()) == len(list(SCRIPTS.glob("*.py")))


@pytest.mark.parametrize("name", ["torch", "report"])
def test_clients_of_any_age_read_the_same(name):
    """New clients take every entry for a channel, `nodefaults` too; what is no pin would be another package every month."""
    content = yaml.safe_load((ROOT / f"envs/{name}.yaml").read_text())
    assert content.keys() == {"channels", "dependencies"}
    assert content["channels"] == ["conda-forge"]
    assert content["dependencies"][:-1] == ["python =3.11", "pip"]
    (section,) = content["dependencies"][-1].values()
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in section)


@pytest.mark.parametrize("name", ["torch", "report"])
def test_pins_equal_the_constraints(name):
    constraints = pins((ROOT / "envs/constraints.txt").read_text().splitlines())
    assert environment(name).items() <= constraints.items()


@pytest.mark.parametrize(("script", "name"), rules())
def test_env_files_hold_what_is_imported(script, name):
    modules = ["semantic_bottleneck.models.dit"] if name == "torch" else []
    files = closure(SCRIPTS, script, *modules) | {SCRIPTS / script}
    names = {module for path in files for module in imported(path)} - set(sys.stdlib_module_names)
    packages = {normalised(MODULES.get(module, module)) for module in names - {"semantic_bottleneck", "snakemake"}}
    assert packages <= environment(name).keys()


@pytest.mark.parametrize("name", ["requirements", "without_dependencies", "kubernetes", "s3_server"])
def test_every_package_that_is_installed_by_name_is_pinned(name):
    lines = (ROOT / f"envs/{name}.txt").read_text().splitlines()
    asked = {normalised(line) for line in lines if not line.startswith("#")}
    assert asked <= pins((ROOT / "envs/constraints.txt").read_text().splitlines()).keys()


def test_the_image_for_pods_is_made_of_the_pinned_packages():
    containerfile = (ROOT / "profiles/kubernetes/Containerfile").read_text()
    named = set(re.findall(r"/envs/(\S+)\.txt", containerfile))
    assert named == {"constraints", "requirements", "kubernetes"}
    commands = re.findall(r"^(?:RUN|    &&) pip.*", containerfile, flags=re.M)
    assert [("-c /envs/constraints.txt" in command) for command in commands] == [True] * 3
