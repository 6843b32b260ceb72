"""Every rule of the nano study with --use-conda, from a launcher that holds only Snakemake.

A package that an env file lacks is then missing for real, because nothing of the launcher's can stand in for it.
The environments are kept in .venv-conda and built anew only when an env file changes.
"""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import yaml

from tests.workflow.one_model import one_model
from tests.workflow.project import ROOT, Project, clean_environment

LAUNCHER = ROOT / ".venv-launcher"
SHIM = Path(__file__).resolve().parent / "shim"


def launcher() -> list[str]:
    """The Snakemake of a venv with nothing else, at the versions of the constraints file."""
    stamp = LAUNCHER / ".complete"
    constraints = ROOT / "envs/constraints.txt"
    if not stamp.exists() or stamp.read_text() != constraints.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(LAUNCHER)], check=True)
        pip = [str(LAUNCHER / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-c", str(constraints), "snakemake"], check=True)
        stamp.write_text(constraints.read_text())
    return [str(LAUNCHER / "bin/python"), "-m", "snakemake"]


def test_every_rule_finds_its_packages_in_the_environment_that_it_names(tmp_path):
    project = Project.copy_of(ROOT, tmp_path / "project")
    (project.folder / "config/one.yaml").write_text(yaml.safe_dump(one_model(), sort_keys=False))
    assert project.planned(config="config/one.yaml").keys() == project.planned().keys()
    environment = {name: value for name, value in clean_environment().items() if name != "VIRTUAL_ENV"}
    paths = [str(SHIM / "bin"), str(Path(sys.executable).resolve().parent), str(LAUNCHER / "bin"), "/usr/bin", "/bin"]
    environment |= {"PATH": os.pathsep.join(paths), "SHARED_PACKAGES": sysconfig.get_path("purelib")}
    command = [*launcher(), "--configfile", "config/one.yaml", "--cores", "2", "--use-conda"]
    command += ["--conda-prefix", str(ROOT / ".venv-conda"), "--quiet", "progress", "--show-failed-logs", "all"]
    done = subprocess.run(command, env=environment, cwd=project.folder, text=True, stdout=-1, stderr=-2, check=False)
    assert done.returncode == 0, done.stdout[-6000:]
    assert (project.folder / "results/nano/report.html").stat().st_size > 10_000
