"""Hashes of code, remembered while no file of the library changes. Standard library only: the Snakefile uses it.

Every job on a cluster reads the Snakefile anew, and parsing the library takes longer than all else in it.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.atomic import write_text
from semantic_bottleneck.study.codehash import code_hash

RECENT = 2_000_000_000
"""Nanoseconds; a file that changed so shortly before it was looked at may change again without a new time."""


class CodeMemory:
    """`code_hash` of a folder of scripts, with a file in which results are kept for as long as it stays as it is.

    Args:
        scripts: the folder that holds the entry points and the package.
        record: the file; where it cannot be written, nothing is remembered.
    """

    def __init__(self, scripts: Path, record: Path):
        self._scripts, self._record = scripts, record
        looked = time.time_ns()
        entries = sorted(_python_files(scripts))
        self._stamp = hashlib.sha256(repr(entries).encode()).hexdigest()
        self._settled = all(max(modified, changed) < looked - RECENT for _, _, modified, changed in entries)
        self._hashes = self._remembered()

    def hash(self, script: str, *modules: str) -> str:
        """See `code_hash`."""
        key = " ".join([script, *modules])
        if key not in self._hashes:
            self._hashes[key] = code_hash(self._scripts, script, *modules)
            if self._settled:
                with suppress(UserError, OSError):
                    write_text(self._record, json.dumps({"files": self._stamp, "hashes": self._hashes}))
        return self._hashes[key]

    def _remembered(self) -> dict[str, str]:
        try:
            content = json.loads(self._record.read_text(encoding="utf-8"))
            return dict(content["hashes"]) if content["files"] == self._stamp else {}
        except (OSError, ValueError, LookupError, TypeError):
            return {}  # absent or damaged


def _python_files(folder: Path) -> Iterator[tuple[str, int, int, int]]:
    """Name, bytes, and nanoseconds of last change of content and of status, of every Python file."""
    for path in folder.rglob("*.py"):
        status = path.stat()
        yield path.relative_to(folder).as_posix(), status.st_size, status.st_mtime_ns, status.st_ctime_ns
