"""Every command of docs/tutorial.md, in its order, in a fresh copy of the project."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.project import ROOT, Project, clean_environment

COMMANDS = re.findall(r"^```sh\n(.*?)^```$", (ROOT / "docs/tutorial.md").read_text(), flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory) -> list[str]:
    """What each block of commands printed. The environment that the first block makes is the one of this test."""
    project = Project.copy_of(ROOT, tmp_path_factory.mktemp("tutorial") / "project")
    assert "make .venv/.complete" in COMMANDS[0]
    environment = clean_environment() | {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    printed = []
    for block in COMMANDS[1:]:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block], cwd=project.folder, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr[-6000:]}"
        printed.append(done.stdout)
    return printed


def rows(page: str) -> list[list[str]]:
    """The cells of a Markdown table's rows, without its head and the lines that name a model."""
    lines = [line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| **")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def tables(outputs):
    return [rows(page[page.index("## Pruning") :]) for page in outputs if "## Pruning" in page]


def test_the_first_table_has_the_three_variants(outputs):
    assert [row[0] for row in tables(outputs)[0]] == ["baseline", "tail 39.4 %", "tail 39.4 %, last steps"]


def test_added_rows_leave_the_others_as_they_were(outputs):
    before, after = tables(outputs)[:2]
    assert after[:3] == before
    assert len(after) == 5


def test_the_same_weights_under_another_name_give_the_same_numbers(outputs):
    last = tables(outputs)[2]
    assert len(last) == 10
    first = [row[-6:] for row in last[:5]]
    assert [row[-6:] for row in last[5:]] == first


def test_the_exact_table_names_its_sources(outputs):
    assert "scores/mymodel/head-10-every.parquet" in outputs[-1]
