"""The pip section of an env file, without a second copy of what SHARED_PACKAGES holds: torch alone would fill a small disk."""

import json
import os
import shutil
import subprocess
from importlib.metadata import distributions
from pathlib import Path


def pip_install(prefix: Path, requirements: Path, *options: str) -> str:
    """pip's output, run as conda runs it; its errors go to the console and end the client."""
    command = [str(prefix / "bin/python"), "-m", "pip", "install", "-U", "-r", str(requirements), "--exists-action=b"]
    command += ["--quiet", "--disable-pip-version-check", *options]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def link_installed(prefix: Path, requirements: Path) -> None:
    """Hard links for what pip would install and the folder in SHARED_PACKAGES holds at that very version."""
    planned = json.loads(pip_install(prefix, requirements, "--dry-run", "--report", "-"))["install"]
    needed = {item["metadata"]["name"].lower(): item["metadata"]["version"] for item in planned}
    shared = Path(os.environ["SHARED_PACKAGES"])
    packages = next(prefix.glob("lib/python*/site-packages"))
    for distribution in distributions(path=[str(shared)]):
        if needed.get(distribution.name.lower()) != distribution.version:
            continue
        for file in distribution.files or []:
            if ".." in file.parts:  # launchers in bin/, which name their interpreter
                continue
            copy = packages / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(shared / file, copy)
            except OSError:  # another disk
                shutil.copy2(shared / file, copy)
