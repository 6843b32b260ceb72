"""A copy of the project in a folder of its own, in which tests may edit files and run Snakemake."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.workflow.forked import ROOT, run_snakemake

PARTS = ("Snakefile", "rules", "envs", "config", "workflow_scripts", "report", "profiles")


class Project:
    """Snakemake on a copy of the project."""

    def __init__(self, folder: Path):
        self.folder = folder

    @classmethod
    def copy_of(cls, source: Path, folder: Path, *extra: str) -> "Project":
        """Copy the workflow (and `extra` folders, such as results) from `source`; modification times are kept."""
        folder.mkdir(parents=True)
        for name in (*PARTS, *extra):
            path = source / name
            copy = shutil.copytree if path.is_dir() else shutil.copy2
            ignore = {"ignore": shutil.ignore_patterns("__pycache__")} if path.is_dir() else {}
            copy(path, folder / name, **ignore)
        return cls(folder)

    @classmethod
    def finished(cls, folder: Path, target: str) -> "Project":
        """A fresh copy in `folder`/project in which the nano study's `target` has been made."""
        project = cls.copy_of(ROOT, folder / "project")
        project.run("--cores", "2", target, "--quiet", "rules")
        return project

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "snakemake", *arguments]

    def run(
        self,
        *arguments: str,
        config: str = "config/nano.yaml",
        check: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess:
        """Run `snakemake ARGUMENTS --configfile CONFIG` here; the output holds stdout and stderr together."""
        command = self.command(*arguments, *(["--configfile", config] if config else []))
        status, output = run_snakemake(command[3:], self.folder, clean_environment() | dict(environment or {}))
        if check and status != 0:
            raise AssertionError(f"{' '.join(command)} failed:\n{output[-6000:]}")
        return subprocess.CompletedProcess(command, status, output)

    def planned(self, *targets: str, config: str = "config/nano.yaml", options: tuple[str, ...] = ()) -> Counter:
        """Rules and how often a dry run would start them."""
        return count_rules(self.run("-n", *(targets or ("all",)), *options, config=config).stdout)

    def configured(self, name: str, **replaced: tuple[str, str]) -> str:
        """A copy of the nano configuration with pieces of its text replaced; returns its path below the project."""
        text = (self.folder / "config/nano.yaml").read_text()
        for old, new in replaced.values():
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (self.folder / f"config/{name}.yaml").write_text(text)
        return f"config/{name}.yaml"

    def edit(self, module: str, text: str = "EDITED = True") -> None:
        """Append a line to a library module."""
        with (self.folder / "workflow_scripts/semantic_bottleneck" / module).open("a") as stream:
            stream.write(f"\n{text}\n")


def clean_environment() -> dict[str, str]:
    """The environment without what another Snakemake or pytest may have set."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("SNAKEMAKE", "PYTEST", "PYTHONPATH"))}


def count_rules(output: str) -> Counter:
    """The job counts that a dry run prints; empty when nothing is to be done."""
    table = re.search(r"^job +count\n-+ +-+\n(.*?)^total", output, flags=re.M | re.S)
    return (
        Counter({name: int(count) for name, count in re.findall(r"^(\S+) +(\d+)$", table[1], flags=re.M)})
        if table
        else Counter()
    )
