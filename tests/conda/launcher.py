"""A Snakemake that holds nothing else, and the conda client that it finds."""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.conda.channel import make_channel
from tests.workflow.project import ROOT, clean_environment

CONSTRAINTS = ROOT / "envs/constraints.txt"
LAUNCHER = ROOT / ".venv-launcher"
PREFIX = ROOT / ".venv-conda"
CLIENT = Path(__file__).resolve().parent / "client"


def launcher() -> list[str]:
    """The Snakemake of a venv with nothing else, at the versions of the constraints file."""
    if is_stale(LAUNCHER, CONSTRAINTS):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(LAUNCHER)], check=True)
        pip = [str(LAUNCHER / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-c", str(CONSTRAINTS), "snakemake"], check=True)
        finish(LAUNCHER, CONSTRAINTS)
    return [str(LAUNCHER / "bin/python"), "-m", "snakemake"]


def channels() -> Path:
    """The folder of channels, made once; with it go the environments that were made from an older one."""
    made_of = [CONSTRAINTS, Path(__file__).with_name("channel.py"), *sorted(CLIENT.rglob("*.py"))]
    if is_stale(PREFIX, *made_of):
        shutil.rmtree(PREFIX, ignore_errors=True)
        make_channel(PREFIX / "channels")
        finish(PREFIX, *made_of)
    return PREFIX / "channels"


def surroundings() -> dict[str, str]:
    """The environment in which Snakemake finds that client as `conda`, and no package of this process's."""
    paths = [str(CLIENT / "bin"), str(LAUNCHER / "bin"), "/usr/bin", "/bin"]
    environment = {name: value for name, value in clean_environment().items() if name != "VIRTUAL_ENV"}
    return environment | {
        "PATH": os.pathsep.join(paths),
        "CHANNELS": str(channels()),
        "CLIENT_PYTHON": sys.executable,
        "SHARED_PACKAGES": sysconfig.get_path("purelib"),
    }


def finish(folder: Path, *made_of: Path) -> None:
    (folder / ".made-of").write_text(fingerprint(*made_of))


def is_stale(folder: Path, *made_of: Path) -> bool:
    """Whether a folder is absent, half-made, or was made of other files or by another Python."""
    stamp = folder / ".made-of"
    return not stamp.exists() or stamp.read_text() != fingerprint(*made_of)


def fingerprint(*files: Path) -> str:
    return hashlib.sha256(b"\0".join([sys.version.encode(), *(file.read_bytes() for file in files)])).hexdigest()
