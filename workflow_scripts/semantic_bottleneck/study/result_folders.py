"""The files of a finished study that two runs are compared by. Standard library only: the Snakefile reads it."""

import hashlib
import re
from pathlib import Path

from semantic_bottleneck.errors import UserError

PARTS = ("scores/*/*.parquet", "geometry/*/final.parquet", "metrics.json", "provenance.json")


def result_files(folder: str | Path) -> list[Path]:
    """Scores, geometry, metrics.json and provenance.json of a result folder, as far as they exist, in a fixed order.

    Raises:
        UserError: there is no such folder, or it holds none of them.
    """
    folder = Path(folder)
    if not folder.is_dir():
        known = sorted(path.parent.as_posix() for path in folder.parent.glob("*/metrics.json"))
        beside = f"; beside it are {', '.join(known)}" if known else ""
        raise UserError(f"There is no result folder {folder}{beside}; give left= and right= folders such as results/nano.")
    files = [path for part in PARTS for path in sorted(folder.glob(part))]
    if not files:
        raise UserError(f"{folder} holds neither scores, geometry nor metrics.json; give the folder of a study that was run.")
    return files


def content_hash(folder: str | Path) -> str:
    """Hash of the names and bytes of `result_files`."""
    digest = hashlib.sha256()
    for path in result_files(folder):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def pair_name(left: str, right: str) -> str:
    """`results/a`, `results/b/` -> `a-b`, the name of the comparison's files."""
    names = (Path(folder).resolve().name for folder in (left, right))
    return "-".join(re.sub(r"[^A-Za-z0-9._-]+", "_", name) for name in names)
