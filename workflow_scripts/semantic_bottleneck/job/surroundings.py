"""What the shell, notebook or container in which Snakemake is started must not do to its jobs. Standard library only.

Jobs inherit the environment of Snakemake's process, which is put in order here, before the first rule is read.
"""

import os
import shlex
import sys
from pathlib import Path

from semantic_bottleneck.errors import UserError

NEUTRAL = {"MPLBACKEND": "agg"}
"""A notebook's backend lives in the notebook's environment, and figures are only ever written to files."""
UNWANTED = ("PYTHONWARNINGS", "PYTHONSTARTUP", "PYTHONINSPECT", "MATPLOTLIBRC")
"""Warnings as errors would end a job at the first import; a personal style would change the figures."""

LITTLE_SPACE = 16 << 20
"""Bytes."""


def settle(scripts: Path) -> None:
    """Put the process in order: the jobs' library, search path, plotting and interpreter, and the versions of conda's pip.

    Args:
        scripts: the folder of this checkout's entry points and library.

    Raises:
        UserError: another checkout's library was imported, or the working folder cannot be written.
    """
    imported = Path(__file__).resolve().parents[2]
    if imported != scripts.resolve():
        raise UserError(
            f"The library was imported from {imported}, not from {scripts}; uninstall that copy or unset PYTHONPATH."
        )
    require_records(Path.cwd())
    given = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([str(scripts), *given]))
    os.environ.update(NEUTRAL)
    # What pip adds to an env file's own packages gets the tested versions too. As a URL, since pip splits paths at spaces.
    os.environ.setdefault("PIP_CONSTRAINT", scripts.resolve().with_name("envs").joinpath("constraints.txt").as_uri())
    for name in UNWANTED:
        os.environ.pop(name, None)
    if "MPLCONFIGDIR" not in os.environ and not _writable(_config_folder()):
        os.environ["MPLCONFIGDIR"] = str(Path(".snakemake/matplotlib").resolve())
    # Snakemake puts the interpreter into its jobs' shell commands as it is: a path with a space would end at the space.
    sys.executable = sys.executable if sys.executable.startswith(("'", '"')) else shlex.quote(sys.executable)


def require_records(folder: Path) -> None:
    """Raises UserError where Snakemake could keep no record in `folder`, or results/ is a link to nothing."""
    if not _writable(folder / ".snakemake"):
        raise UserError(
            f"{folder} cannot be written, and Snakemake keeps its records in .snakemake there; mend the permissions or add "
            "--directory with a folder of your own."
        )
    results = folder / "results"
    if results.is_symlink() and not results.exists():
        raise UserError(f"{results} is a link to {os.readlink(results)}, which is absent; mount that disk or mend the link.")


def require_writable(results: Path) -> None:
    """Raises UserError where no result could be written; asked only before jobs start, since a dry run may look at results."""
    if not _writable(results):
        raise UserError(f"{results} cannot be written; mend the permissions or make it a link to a folder of your own.")


def shortage(folder: Path) -> str | None:
    """A sentence where nearly no space is left for results: Snakemake's own records then fail with a bare "No space left"."""
    disk = os.statvfs(folder if folder.exists() else folder.parent)
    free = disk.f_bavail * disk.f_frsize
    if free >= LITTLE_SPACE and (disk.f_favail or not disk.f_files):
        return None
    return f"The disk of {folder} is full ({free:,} bytes, {disk.f_favail:,} names left); free some space, then run again."


def _config_folder() -> Path:
    """Where matplotlib keeps its settings and fonts; `~` stays where there is no home."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")) / "matplotlib"


def _writable(folder: Path) -> bool:
    """Whether files can be made in `folder`, or it in the nearest folder that exists."""
    if not folder.is_absolute() and folder.parts[:1] == ("~",):
        return False
    try:
        while not folder.exists():
            folder = folder.parent
        return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    except OSError:
        return False
