"""Files from the future: where the clocks of two machines disagree, an output would be older than its input for ever.

Snakemake reruns such a job in every run, or ends in the middle because of it. Standard library only.
"""

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from semantic_bottleneck.errors import UserError

TOLERANCE = 2.0
"""Seconds; file systems may round times up."""
STEP_NS = 1000


def bring_back(folder: Path) -> int:
    """Give results that are dated later than now the time now, in the order of their own times; returns how many."""
    ahead: dict[int, list[Path]] = {}
    limit = time.time() + TOLERANCE
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place, name)
            with suppress(OSError):
                found = path.lstat()
                if found.st_mtime > limit:
                    ahead.setdefault(found.st_mtime_ns, []).append(path)
    now = time.time_ns()
    for rank, moment in enumerate(sorted(ahead)):
        for path in ahead[moment]:
            with suppress(OSError):  # somebody else's: Snakemake will say so
                os.utime(path, ns=(now + rank * STEP_NS,) * 2, follow_symlinks=False)
    return sum(map(len, ahead.values()))


def require_past(files: Iterable[str | Path]) -> None:
    """Raises UserError where a file that jobs read is dated later than now; what is absent is passed over."""
    for path in map(Path, files):
        with suppress(OSError):
            moment = path.stat().st_mtime
            if moment > time.time() + TOLERANCE:
                raise UserError(
                    f"{path} is dated {datetime.fromtimestamp(moment):%Y-%m-%d %H:%M:%S}, which is yet to come: the clock of "
                    "the machine that wrote it is ahead of this one's, and what is made of it would be made again in every "
                    f"run; mend the clocks, then `touch {path}`."
                )
