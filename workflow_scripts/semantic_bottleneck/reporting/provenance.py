"""Where numbers come from: versions and file hashes, the same on every run of the same inputs."""

import hashlib
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "matplotlib", "jinja2")


def library_versions(names: Sequence[str] = LIBRARIES) -> dict[str, str]:
    """Version of Python and of installed packages."""
    return {"python": ".".join(map(str, sys.version_info[:3]))} | {name: version(name) for name in names}


def file_hashes(root: str | Path, paths: Iterable[str | Path]) -> list[dict]:
    """Path relative to `root`, size in bytes and sha256 of each file, ordered by path."""
    rows = []
    for path in sorted(map(Path, paths)):
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        name = path.relative_to(root) if path.is_relative_to(root) else path
        rows.append({"path": name.as_posix(), "bytes": path.stat().st_size, "sha256": digest})
    return rows
