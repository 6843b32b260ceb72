"""Where numbers come from: versions and file hashes, the same on every run of the same inputs."""

import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from semantic_bottleneck.files.hashing import file_sha256
from semantic_bottleneck.files.project_path import project_path

LIBRARIES = ("numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "matplotlib", "jinja2")


def library_versions(names: Sequence[str] = LIBRARIES) -> dict[str, str]:
    """Version of Python and of installed packages."""
    return {"python": ".".join(map(str, sys.version_info[:3]))} | {name: version(name) for name in names}


def file_hashes(root: str | Path, paths: Iterable[str | Path]) -> list[dict]:
    """Path relative to `root`, size in bytes and sha256 of each file, ordered by path."""
    rows = []
    for path in sorted(map(Path, paths)):
        name = path.relative_to(root) if path.is_relative_to(root) else path
        rows.append({"path": project_path(name), "bytes": path.stat().st_size, "sha256": file_sha256(path)})
    return rows


def git_commit(folder: str | Path) -> str:
    """The commit of the working copy, `+ changes` if files differ from it, or `unknown` outside git."""
    try:
        commit = subprocess.run(
            ["git", "-C", folder, "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        ).stdout.strip()
        changed = subprocess.run(
            ["git", "-C", folder, "status", "--porcelain"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{commit} + changes" if changed.strip() else commit
