"""Snakemake as a fork of a process that has imported it already: its imports are paid once, not in every call.

Each call has a process, folder, environment, output and exit status of its own, as `python -m snakemake` has. Nothing of
this project's library may be imported here, since a call takes the library of the folder in which it runs.
"""

import multiprocessing
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.workflow.imported"])


def run_snakemake(arguments: list[str], folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Run `snakemake ARGUMENTS` in a folder; its exit status, and its stdout and stderr together."""
    with tempfile.NamedTemporaryFile() as output:
        process = FORKS.Process(target=_main, args=(arguments, str(folder), environment, output.name))
        process.start()
        process.join()
        return process.exitcode, output.read().decode()


def _main(arguments: list[str], folder: str, environment: dict[str, str], output: str) -> None:
    from snakemake.cli import main

    descriptor = os.open(output, os.O_WRONLY | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    own = {"", str(ROOT), str(ROOT / "workflow_scripts")}
    sys.path[:] = [folder, *(path for path in sys.path if path not in own)]
    sys.argv[:] = ["snakemake", *arguments]
    main()
